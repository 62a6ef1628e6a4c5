//! The words that inventories use for their columns.

use crate::model::IdMode;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Role {
    /// MACs of the device.
    Mac,
    /// The cloud's id.
    Hwid,
    /// Host name.
    Host,
    /// User or owner.
    User,
    /// Anything else that helps to recognise the device.
    Note,
}

/// Names of columns without spaces and marks, in lower case. Numbers at the end (`MAC_Addresses0`) are cut off before.
#[rustfmt::skip]
fn mac_word(word: &str) -> bool {
    matches!(word,
        "mac" | "macs" | "macid" | "macaddr" | "macaddrs" | "macaddress" | "macaddresses" | "macadress"
        | "macadresse" | "macadressen" | "adressemac" | "direccionmac" | "hwaddr" | "hwaddress" | "hardwareaddress"
        | "physicaladdress" | "physicaladdr" | "physischeadresse" | "ethernetaddress" | "ethernetaddr" | "ether"
        | "ethaddr" | "lladdr" | "linklayeraddress" | "linkaddress" | "wlanaddress" | "wifiaddress"
        | "wirelessaddress" | "lanaddress" | "nicaddress" | "networkaddress" | "callingstationid" | "clientid"
        | "clientidentifier" | "uniqueid" | "eindeutigeid" | "idunique" | "chaddr" | "bia" | "mac地址" | "macアドレス")
}

#[rustfmt::skip]
fn hwid_word(word: &str) -> bool {
    matches!(word,
        "hwid" | "hwids" | "hardwareid" | "deviceid" | "deviceidentifier" | "agentid" | "gearsid" | "gearsdeviceid"
        | "opswatid" | "opswatdeviceid" | "metaaccessid" | "metaaccessdeviceid" | "mdid" | "clouddeviceid"
        | "cloudid")
}

#[rustfmt::skip]
fn host_word(word: &str) -> bool {
    matches!(word,
        "host" | "hostname" | "hosts" | "computer" | "computername" | "devicename" | "device" | "machine"
        | "machinename" | "pc" | "pcname" | "name" | "netbiosname" | "netbios" | "dnsname" | "fqdn" | "assetname"
        | "systemname" | "clientname" | "clienthostname" | "configurationitem" | "cmdbci" | "ci" | "endpoint"
        | "endpointname" | "workstation" | "displayname" | "managedname" | "manageddevicename" | "rechnername"
        | "computerdnsname" | "nodename" | "label" | "rechner" | "computernaam" | "geraet" | "geraetename" | "gerät"
        | "gerätename" | "arbeitsplatz" | "ciname" | "nom" | "nomdhote" | "ordinateur" | "nomdelordinateur" | "poste"
        | "nomduposte" | "appareil" | "nombre" | "equipo" | "nombredelequipo" | "nombredeequipo" | "dispositivo"
        | "nome" | "nomecomputer" | "nomedocomputador" | "computador" | "naam" | "komputer" | "nazwa" | "nazwakomputera"
        | "bilgisayar" | "bilgisayaradı" | "компьютер" | "имякомпьютера" | "コンピューター名" | "コンピュータ名" | "计算机名" | "设备名称")
}

#[rustfmt::skip]
fn user_word(word: &str) -> bool {
    matches!(word,
        "user" | "username" | "userid" | "owner" | "ownername" | "primaryuser" | "primaryuserupn"
        | "primaryuserdisplayname" | "primaryuseremailaddress" | "lastuser" | "lastlogonuser" | "lastloggedonuser"
        | "lastloggedinuser" | "lastlogonusername" | "loggedonuser" | "currentuser" | "currentlogonuser"
        | "assignedto" | "assigneduser" | "caller" | "callerid" | "customer" | "employee" | "upn"
        | "userprincipalname" | "email" | "emailaddress" | "mail" | "requester" | "requestedfor" | "benutzer"
        | "benutzername" | "anwender" | "besitzer" | "nutzer" | "inhaber" | "utilisateur" | "propriétaire" | "usuario"
        | "propietario" | "utente" | "usuário" | "gebruiker" | "użytkownik" | "kullanıcı" | "пользователь" | "ユーザー"
        | "ユーザー名" | "用户" | "用户名" | "enrolledbyuserupn" | "userdisplayname" | "contact")
}

#[rustfmt::skip]
fn note_word(word: &str) -> bool {
    matches!(word,
        "note" | "notes" | "ticket" | "ticketid" | "ticketnumber" | "incident" | "incidentnumber" | "case"
        | "casenumber" | "comment" | "comments" | "remark" | "remarks" | "description" | "shortdescription"
        | "number" | "reason" | "request" | "requestnumber" | "task" | "issue" | "bemerkung" | "bemerkungen"
        | "notiz" | "kommentar" | "beschreibung" | "remarque" | "commentaire" | "nota" | "notas" | "comentario"
        | "observaciones" | "opmerking" | "uwagi" | "примечание" | "備考" | "备注")
}

/// Words of a MAC's column that make it another device's, or no MAC at all.
#[rustfmt::skip]
fn foreign_word(word: &str) -> bool {
    matches!(word,
        "ap" | "bssid" | "gateway" | "gw" | "switch" | "sw" | "router" | "uplink" | "parent" | "server" | "neighbor"
        | "neighbour" | "remote" | "peer" | "bluetooth" | "bt" | "chassis" | "bridge" | "root" | "controller"
        | "wlc" | "radio" | "os" | "vendor" | "manufacturer" | "type" | "count" | "model" | "version" | "oui"
        | "table" | "filter" | "authentication" | "auth" | "random" | "randomized" | "randomization" | "randomised"
        | "age" | "aging" | "state" | "status" | "last" | "spoofing" | "policy" | "group" | "name" | "learned"
        | "limit" | "virtual" | "vrrp" | "hsrp" | "and" | "the" | "is" | "for" | "with" | "this")
}

/// What the column of this name holds.
pub(super) fn role(name: &str) -> Option<Role> {
    // A path such as `network_info.mac` ends with what counts.
    let name = name.trim();
    if name.len() > 60 || name.contains("  ") {
        return None;
    }
    let words = words(name);
    let joined: String = words.concat();
    let joined = joined.trim_end_matches(|c: char| c.is_ascii_digit());
    if hwid_word(joined) {
        Some(Role::Hwid)
    } else if mac_word(joined) || is_mac_column(&words) {
        Some(Role::Mac)
    } else if host_word(joined) {
        Some(Role::Host)
    } else if user_word(joined) {
        Some(Role::User)
    } else {
        note_word(joined).then_some(Role::Note)
    }
}

/// `Wi-Fi MAC`, `wlan_mac_address`, `clientMac`: up to four words, one of them MAC, none that makes it another's.
fn is_mac_column(words: &[String]) -> bool {
    let stem = |word: &String| word.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let stems: Vec<String> = words.iter().map(stem).collect();
    let mac = |word: &String| matches!(word.as_str(), "mac" | "macs" | "macaddress" | "macaddresses" | "macaddr");
    let address = |pair: &[String]| {
        matches!(pair[0].as_str(), "physical" | "hardware" | "ethernet" | "hw")
            && matches!(pair[1].as_str(), "address" | "addresses" | "addr")
    };
    stems.len() <= 4
        && (stems.iter().any(mac) || stems.windows(2).any(address))
        && !stems.iter().any(|word| foreign_word(word))
}

/// The words of a name in lower case, cut at marks and at capitals: `wifiMacAddress` is three.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut begins = true;
    let mut last = ' ';
    for c in name.chars() {
        if c.is_alphanumeric() {
            if begins || (c.is_uppercase() && last.is_lowercase()) {
                words.push(String::new());
            }
            begins = false;
            if let Some(word) = words.last_mut() {
                word.extend(c.to_lowercase());
            }
        } else {
            begins = true;
        }
        last = c;
    }
    words
}

/// Whether the name is another device's: an access point's, a gateway's.
pub(super) fn is_foreign(name: &str) -> bool {
    const DEVICES: [&str; 18] = [
        "ap",
        "accesspoint",
        "bssid",
        "gateway",
        "gw",
        "switch",
        "sw",
        "router",
        "uplink",
        "parent",
        "neighbor",
        "neighbour",
        "bluetooth",
        "bt",
        "bridge",
        "controller",
        "wlc",
        "peer",
    ];
    let words = words(name);
    words.iter().any(|word| DEVICES.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit())))
        || words.windows(2).any(|pair| pair == ["access", "point"])
}

/// Whether the name is that of a number or a secret which may look like a MAC: a serial number, an inventory's.
pub(super) fn is_other_number(name: &str) -> bool {
    const BEGINNINGS: [&str; 11] =
        ["serial", "serien", "inventar", "inventory", "imei", "iccid", "guid", "uuid", "telefon", "barcode", "passw"];
    const WORDS: [&str; 20] = [
        "sn", "serie", "série", "asset", "tag", "part", "sku", "order", "invoice", "phone", "pin", "key", "token",
        "hash", "checksum", "license", "licence", "build", "tracking", "product",
    ];
    words(name)
        .iter()
        .any(|word| BEGINNINGS.iter().any(|beginning| word.starts_with(beginning)) || WORDS.contains(&word.as_str()))
}

/// The id that a list's only column holds, if the line is such a column's name.
pub(super) fn id_column(line: &str) -> Option<IdMode> {
    let name = line.trim_matches(|c: char| c.is_whitespace() || "\"'\u{feff}:".contains(c));
    let one = words(name).len() <= 3 && !name.contains([',', ';', '\t', '|']);
    match role(name).filter(|_| one)? {
        Role::Mac => Some(IdMode::Mac),
        Role::Hwid => Some(IdMode::Hwid),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Role, role};

    #[test]
    fn inventories_names_are_known() {
        let cases: [(Role, &[&str]); 5] = [
            (
                Role::Mac,
                &[
                    "MAC",
                    "mac address",
                    "MAC_Addresses0",
                    "Wi-Fi MAC",
                    "wiFiMacAddress",
                    "WLAN MAC",
                    "Ethernet MAC",
                    "Physical Address",
                    "MAC Address 2",
                    "mac_addr",
                    "Client MAC address",
                    "LAN-MAC",
                    "macAddress",
                    "network_info.mac",
                    "Unique ID",
                    "ClientId",
                ],
            ),
            (Role::Hwid, &["hwid", "HWID", "Hardware ID", "Device ID", "device_id", "agent id"]),
            (Role::Host, &["Host", "hostname", "Computer Name", "Device name", "Netbios_Name0", "Configuration item"]),
            (Role::User, &["user", "Primary user UPN", "User_Name0", "Assigned to", "Owner"]),
            (Role::Note, &["Note", "Ticket", "Short description"]),
        ];
        for (expected, names) in cases {
            for name in names {
                assert_eq!(role(name), Some(expected), "{name}");
            }
        }
    }

    #[test]
    fn other_devices_macs_are_not_this_ones() {
        for name in [
            "AP MAC",
            "ap_mac",
            "gw_mac",
            "BSSID",
            "Switch MAC",
            "macOS",
            "macOS version",
            "MAC vendor",
            "Bluetooth MAC",
            "Serial number",
            "IP address",
            "",
        ] {
            assert_eq!(role(name), None, "{name}");
        }
    }
}
