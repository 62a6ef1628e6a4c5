//! The three remote commands of the cloud that the console sends.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A remote command, named as the cloud's API names it (key `types` of `POST /o/api/v2/devices/action`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Renew the IP address of the device's interfaces.
    #[serde(rename = "dhcprenew")]
    DhcpRenew,
    /// Exempt the device from the security policy. It counts as compliant although its issues remain, without an end.
    ExemptAll,
    /// Undo an exemption.
    Unexempt,
}

impl Action {
    /// All actions, in the order of their keys `1` `2` `3`.
    pub const ALL: [Self; 3] = [Self::DhcpRenew, Self::ExemptAll, Self::Unexempt];

    /// The word on the wire, on the command line and on screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DhcpRenew => "dhcprenew",
            Self::ExemptAll => "exempt_all",
            Self::Unexempt => "unexempt",
        }
    }

    /// One plain sentence of what the action does, at most 53 characters.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::DhcpRenew => "The device asks its network for a new IP address.",
            Self::ExemptAll => "Switches the policy off for the device, until undone.",
            Self::Unexempt => "The policy applies to the device again.",
        }
    }

    /// What the action does in three or four words, for narrow panes.
    #[must_use]
    pub fn summary(self) -> &'static str {
        match self {
            Self::DhcpRenew => "renew IP address",
            Self::ExemptAll => "exempt from policy",
            Self::Unexempt => "undo the exemption",
        }
    }

    /// What succeeded devices are, as in `38 of 40 devices exempted`.
    #[must_use]
    pub fn done(self) -> &'static str {
        match self {
            Self::DhcpRenew => "told to renew",
            Self::ExemptAll => "exempted",
            Self::Unexempt => "no longer exempt",
        }
    }

    /// The action that undoes this one, where there is one.
    #[must_use]
    pub fn inverse(self) -> Option<Self> {
        match self {
            Self::ExemptAll => Some(Self::Unexempt),
            // A protection is never switched off by undoing something.
            Self::DhcpRenew | Self::Unexempt => None,
        }
    }

    /// Whether the action switches a protection off, so that it is asked for twice.
    #[must_use]
    pub fn weakens_protection(self) -> bool {
        self == Self::ExemptAll
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Action {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|action| action.name().eq_ignore_ascii_case(s))
            .ok_or_else(|| format!("“{s}” is no action: it is dhcprenew, exempt_all or unexempt"))
    }
}
