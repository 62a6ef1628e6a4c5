//! Numbers that are written like a MAC, and MACs that are written like a number.

use super::support::*;

#[test]
fn a_number_in_prose_is_no_mac() {
    for line in [
        "reference 482913-774420",
        "please see 4829-1377-4420",
        "Gutschein 1234-5678-9012",
        "customer no 8834.2210.9948",
        "Lottery 04-11-36-42-47-52",
        "Room 24-11-36-48-52-60",
        "Order (482913-774420) of the laptop 00:0c:29:cd:c7:b2",
        "4829-1377-4420 has a static rate",
        "482913:774420",
    ] {
        let text = format!("Hello,\nplease look into this one:\n{line}\nRegards, Ben\n");
        let macs: Vec<String> = paste(&text).into_iter().filter(|found| !found.contains("00:0c:29:cd:c7:b2")).collect();
        assert_eq!(macs, [""; 0], "{line}");
    }
}

#[test]
fn a_mac_of_digits_is_found_where_something_says_mac() {
    for line in [
        "MAC 0011.2233.4455",
        "the mac is 001122-334455",
        "hwaddr=00-11-22-33-44-55",
        "Internet  10.0.0.1   12   0011.2233.4455  ARPA   Vlan20",
        "10.0.0.1 dev eth0 lladdr 00-11-22-33-44-55 REACHABLE",
        "  20    0011.2233.4455    DYNAMIC     Gi1/0/7",
        "0011-2233-4455 20/-/-                          GE0/0/1             dynamic",
        "lost: 00-11-22-33-44-55, 00-0c-29-cd-c7-b2",
        "? (10.0.0.7) at 00:11:22:33:44:55 [ether] on eth0",
    ] {
        let found = paste(&format!("Hello,\nplease look into this one:\n{line}\nRegards, Ben\n"));
        assert_eq!(found.iter().filter(|found| found.contains("00:11:22:33:44:55")).count(), 1, "{line}: {found:?}");
    }
}

#[test]
fn a_mac_of_digits_is_found_among_others_of_its_table() {
    for [one, other] in [
        ["  001122-334455  A1     1", "  000c29-cdc7b2  A12    1"],
        ["Gi1/0/7 0011.2233.4455 20", "Gi1/0/10 000c.29cd.c7b2 20"],
        ["  10.0.0.1     00-11-22-33-44-55", "  10.0.0.20    00-0c-29-cd-c7-b2"],
        ["host at 0011-2233-4455 is up", "host at 000c-29cd-c7b2 is up"],
    ] {
        for lines in [[one, other], [other, one]] {
            let found = paste(&format!("Hello,\nit says:\n{}\nRegards\n", lines.join("\n")));
            assert_eq!(found.len(), 2, "{lines:?}: {found:?}");
        }
        // The same with lines that are read one by one, for the sake of the HWID.
        let found = paste(&format!("hwid:HWID123\nit says, as you see:\n{other}\n{one}\nRegards, Ben\nfoo bar\n"));
        assert_eq!(found.len(), 3, "{one}: {found:?}");
    }
    let found = paste(
        "sw1# show mac\nVlan    Mac Address       Type\n----    -----------       ----\n  20    0011.2233.4455    xx\n  20    0011.2233.4456    xx\n",
    );
    assert_eq!(found, ["4 00:11:22:33:44:55", "5 00:11:22:33:44:56"]);
}

#[test]
fn a_number_under_a_mac_is_none() {
    let found = paste("Hi,\nlaptop 000c29-cdc7b2\nnumber 482913-774420\nRegards\n");
    assert_eq!(found, ["2 00:0c:29:cd:c7:b2"]);
}

#[test]
fn lists_and_columns_of_digits_are_macs() {
    assert_eq!(paste("4829-1377-4420\n482913-774420\n"), ["1 48:29:13:77:44:20", "2 48:29:13:77:44:20"]);
    assert_eq!(paste("mac,host\n4829-1377-4420,LT-1\n"), ["2 48:29:13:77:44:20, host LT-1"]);
    assert_eq!(
        paste("00-11-22-33-44-55  LT-1\n00-11-22-33-44-56  LT-2\n"),
        ["1 00:11:22:33:44:55, note LT-1", "2 00:11:22:33:44:56, note LT-2"]
    );
}

#[test]
fn an_eui64_is_no_mac_behind_a_bridges_priority() {
    for id in ["0004.f2ff.fe12.3456", "0008.74FF.FECD.c7b2", "0200.00ff.fe00.0001"] {
        assert_eq!(paste(&format!("Hello,\nthe interface has {id} there\n")), [""; 0], "{id}");
    }
    assert_eq!(paste("Root ID\nthe bridge 8000.000c.29cd.c7b2 is it\n"), ["2 00:0c:29:cd:c7:b2"]);
}

#[test]
fn colours_and_certificates_are_no_macs() {
    for text in [
        "the gradient #aabbcc-ddeeff is",
        "cert aa-bb-cc-dd-ee-ff is old",
        "TLS fingerprint: aa:bb:cc:dd:ee:ff",
        "Thumbprint=aa-bb-cc-dd-ee-ff",
    ] {
        assert_eq!(paste(&format!("Hello,\n{text}\n")), [""; 0], "{text}");
    }
    assert_eq!(paste("Hello,\nthe desert aa-bb-cc-dd-ee-fe at home\n"), ["2 aa:bb:cc:dd:ee:fe"]);
}

#[test]
fn a_chassis_id_of_digits_is_a_mac_and_its_serial_number_is_none() {
    assert_eq!(paste("Port info:\nChassis id: 0021.5533.2286\n"), ["2 00:21:55:33:22:86"]);
    assert_eq!(paste("Port info:\nChassis ID 0021-5533-2286\n"), ["2 00:21:55:33:22:86"]);
    for line in ["Chassis 2155-3322-8600", "Chassis serial: 2155-3322-8600", "Chassis model id: 2155-3322-8600"] {
        assert_eq!(paste(&format!("Port info:\n{line}\n")), [""; 0], "{line}");
    }
}

#[test]
fn an_access_lists_mask_is_no_device() {
    let found =
        paste("MAC list:\n  permit 000c.2900.0100 0000.00ff.ffff any\n  permit 000c.2900.0200 0000.0000.0003\n");
    assert_eq!(found, ["2 00:0c:29:00:01:00", "3 00:0c:29:00:02:00"]);
    // Elsewhere the same bits are a device.
    assert_eq!(paste("permit us to use 00:00:00:00:00:0f\n"), ["1 00:00:00:00:00:0f"]);
    assert_eq!(paste("MAC list:\n00:00:00:00:00:0e 00:00:00:00:00:0f\n").len(), 2);
}
