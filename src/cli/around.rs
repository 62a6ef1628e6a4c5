//! The commands around those that send: the log, the credentials, the shell.

use clap::Args;

use super::{From, State, words};

/// `gears log`
#[derive(Debug, Args)]
#[command(after_help = words::LOG_EXAMPLES)]
pub struct Log {
    /// Show so many lines
    #[arg(long, short = 'n', value_name = "N", default_value_t = 50)]
    pub lines: usize,
    /// Print the place of the log alone
    #[arg(long, conflicts_with_all = ["lines", "follow"])]
    pub path: bool,
    /// Go on with what is logged from now on, until Ctrl-C
    #[arg(long, short)]
    pub follow: bool,
    #[expect(missing_docs, reason = "clap would show the words as the help of the options within")]
    #[command(flatten)]
    pub from: From,
    #[expect(missing_docs, reason = "clap would show the words as the help of the options within")]
    #[command(flatten)]
    pub state: State,
}

/// `gears logout`
#[derive(Debug, Args)]
#[command(after_help = words::LOGOUT_HELP)]
pub struct Logout {
    /// Of every profile of the configuration, not of the one in use alone
    #[arg(long)]
    pub all: bool,
    #[expect(missing_docs, reason = "clap would show the words as the help of the options within")]
    #[command(flatten)]
    pub from: From,
}

/// `gears completions`
#[derive(Debug, Args)]
#[command(after_help = words::COMPLETIONS_EXAMPLES)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
    /// Print a script that knows commands and options alone, and never runs gears
    #[arg(long = "static")]
    pub is_static: bool,
}
