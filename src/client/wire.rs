//! The bodies on the wire. What is only inferred of them stands here once.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::exchange::Reply;
use super::{Account, ClientError, Verdict};
use crate::model::{Action, Id, IdMode};

/// `opt` for `MAC_list` [D].
const OPT_MAC: u8 = 0;
/// `opt` for `HWID_list` [D]. That it must agree with the list is inferred [I].
const OPT_HWID: u8 = 1;

/// The body of `POST /o/api/v2/devices/action` [D]: exactly one of the two lists.
#[derive(Serialize)]
struct Command {
    types: &'static str,
    #[serde(rename = "MAC_list", skip_serializing_if = "Option::is_none")]
    mac_list: Option<Vec<String>>,
    #[serde(rename = "HWID_list", skip_serializing_if = "Option::is_none")]
    hwid_list: Option<Vec<String>>,
    opt: u8,
}

/// The command as JSON. All of `ids` are of `mode`.
pub fn command(action: Action, mode: IdMode, ids: &[Id]) -> String {
    let list = ids.iter().map(ToString::to_string).collect();
    let (mac_list, hwid_list, opt) = match mode {
        IdMode::Mac => (Some(list), None, OPT_MAC),
        IdMode::Hwid => (None, Some(list), OPT_HWID),
    };
    let body = Command { types: action.name(), mac_list, hwid_list, opt };
    serde_json::to_string(&body).expect("texts and numbers are always JSON")
}

/// The numbers of an answer, if there is one for each of `ids` devices.
pub fn numbers(body: &[u8], ids: usize) -> Result<Vec<i64>, String> {
    #[derive(Deserialize)]
    struct Answer {
        result: Value,
    }
    let Ok(Answer { result }) = serde_json::from_slice(body) else {
        return Err("the answer is not the documented JSON".to_owned());
    };
    let Value::Array(values) = result else {
        return Err("the answer's result is no list".to_owned());
    };
    let numbers: Option<Vec<i64>> = values.iter().map(Value::as_i64).collect();
    match numbers {
        None => Err("the answer's result holds something else than numbers".to_owned()),
        Some(numbers) if numbers.len() != ids => {
            Err(format!("the answer tells of {} devices, {ids} were sent", numbers.len()))
        }
        Some(numbers) => Ok(numbers),
    }
}

/// The account, of the answer to `GET /o/api/v2/account` [D].
pub fn account(reply: &Reply) -> Result<Account, ClientError> {
    Verdict::of_read(reply).map_err(Verdict::into_error)?;
    let body = reply.body().ok_or_else(|| ClientError::NoAnswer(reply.words()))?;
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    if !value.is_object() {
        let why = "the answer is not the documented JSON: is the address right?";
        return Err(ClientError::Refused(why.into()));
    }
    let text = |key| value.get(key).and_then(Value::as_str).map(|text| reply.safe(text));
    let count = |key| value.get(key).and_then(|count| count.as_u64().or_else(|| count.as_str()?.trim().parse().ok()));
    Ok(Account {
        name: text("name"),
        email: text("email"),
        devices_allowed: count("devices_allowed"),
        devices_used: count("devices_used"),
        date: reply.date(),
        limit: reply.limit(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_written_as_documented() {
        let macs = [Id::Mac("000C29CDC7B2".parse().unwrap()), Id::Mac("00-0c-29-cd-c7-b3".parse().unwrap())];
        assert_eq!(
            command(Action::DhcpRenew, IdMode::Mac, &macs),
            r#"{"types":"dhcprenew","MAC_list":["00:0c:29:cd:c7:b2","00:0c:29:cd:c7:b3"],"opt":0}"#
        );
        let hwids = [Id::Hwid("KZ60M9CW7L1L218D".parse().unwrap())];
        assert_eq!(
            command(Action::ExemptAll, IdMode::Hwid, &hwids),
            r#"{"types":"exempt_all","HWID_list":["KZ60M9CW7L1L218D"],"opt":1}"#
        );
    }

    #[test]
    fn only_a_number_for_every_device_is_trusted() {
        assert_eq!(numbers(br#"{"result":[0,1,-7],"more":true}"#, 3), Ok(vec![0, 1, -7]));
        for bad in [
            r#"{"result":[0,1]}"#,
            r#"{"result":[0,1,1,1]}"#,
            r#"{"result":["0","1","1"]}"#,
            r#"{"result":[0,1,1.5]}"#,
            r#"{"result":[0,1,null]}"#,
            r#"{"result":[0,1,true]}"#,
            r#"{"result":{"a":1}}"#,
            r#"{"result":[0,1,1]"#,
            "[0,1,1]",
            "",
            "\u{1}",
        ] {
            assert!(numbers(bad.as_bytes(), 3).is_err(), "{bad}");
        }
    }
}
