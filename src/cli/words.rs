//! The longer words of the help.

/// What the program is, for `--help`.
pub const ABOUT: &str = "\
Sends one of three remote commands to many devices of a GEARS / MetaAccess cloud, at most 10 requests a minute, and says \
of every device what became of it.

Without a command the console opens. An argument that is no file but reads as a MAC or HWID is that device; a file that \
is named like a command is written ./send.";

/// Beside `-h`.
pub const SHORT_EXAMPLES: &str = "gears --help shows examples, credentials and exit codes.";

/// Behind `--help`.
pub const EXAMPLES: &str = "\
Examples:
  gears --demo                              the console on a simulation, with sample devices
  gears wifi.csv                            the console with a list
  show mac address-table | gears -          a list from a pipe
  gears 00:0c:29:cd:c7:b2                   the console with one device
  gears send --action dhcprenew wifi.csv    without the console; see gears send --help

Actions:
  dhcprenew    the device asks its network for a new IP address
  exempt_all   switches the policy off for the device, until undone
  unexempt     undoes the exemption

Credentials:
  GEARS_CLIENT_KEY and GEARS_CLIENT_SECRET, or GEARS_ACCESS_TOKEN; or client_secret_file, client_secret_command in the
  configuration; or asked for on the terminal. Never on the command line, where others of this machine can read it.

Environment:
  Every setting is also a variable: GEARS_BASE_URL, GEARS_PROFILE, GEARS_RATE, GEARS_BATCH_SIZE, GEARS_TIMEOUT,
  GEARS_CA_FILE, GEARS_STATE_DIR, GEARS_CONFIG, ... Flags beat the environment, which beats the file: gears config show

Exit codes of send and resume:
  0 all succeeded   1 some device failed, is unknown or was not sent   2 bad usage or input, nothing sent
  3 configuration, credentials or no connection, nothing sent          130 interrupted";

/// Of `gears send`.
pub const SEND_EXAMPLES: &str = "\
Examples:
  gears send --action dhcprenew wifi.csv
  gears send --action dhcprenew 00:0c:29:cd:c7:b2 KZ60M9CW7L1L218D
  gears send --action exempt_all --reason INC0012345 --yes --format json wifi.csv > result.json
  show mac address-table | gears send --action dhcprenew --yes -
  gears send --demo --action dhcprenew --yes

Exit codes:
  0 all succeeded   1 some device failed, is unknown or was not sent   2 bad usage or input, nothing sent
  3 configuration, credentials or no connection, nothing sent          130 interrupted

Rows that cannot be sent (no id of the mode, unreadable, twice there) are listed as excluded and change no exit code.";

/// Of `gears devices`.
pub const DEVICES_EXAMPLES: &str = "\
Examples:
  gears devices wifi.xlsx
  arp -a | gears devices --format csv -

Exit codes: 0 some device is ready   2 none is, or a list cannot be read";

/// Of `gears history`.
pub const HISTORY_EXAMPLES: &str = "\
Examples:
  gears history
  gears history 42 --format csv > run-42.csv
  gears history --device 00:0c:29:cd:c7:b2
  gears history --open                       what is exempt and was not undone
  gears history --export 40-42 --format csv

On a narrow terminal columns give way: of runs first the reason, then the id mode, the year and the end of the user's name;
of devices the source, then the end of the name. A pipe gets everything.";

/// Of `gears resume`.
pub const RESUME_EXAMPLES: &str = "\
Examples:
  gears resume 42
  gears resume 42 --yes --unknown no

What has succeeded is never sent again. Exit codes as of gears send.";

/// Of `gears log`.
pub const LOG_EXAMPLES: &str = "\
Examples:
  gears log
  gears log --follow
  gears log --lines 1000 | grep WARN
  ls \"$(dirname \"$(gears log --path)\")\"          older logs, and reports of crashes

--log-level, GEARS_LOG or log_level in the configuration say how much is logged. No level logs a secret.";

/// Of `gears logout`.
pub const LOGOUT_HELP: &str = "\
Removes the files in the folder of the configuration that client_secret_file or access_token_file names. A file elsewhere is
named and left, and so is what the environment, a command or the service manager keeps. A console that is open goes on with
what it has read.";

/// Of `gears completions`.
pub const COMPLETIONS_EXAMPLES: &str = "\
The shell asks gears while a line is typed, so that profiles and runs are completed as well.

Examples:
  source <(gears completions bash)                                  a line of ~/.bashrc
  source <(gears completions zsh)                                   a line of ~/.zshrc, behind compinit
  gears completions fish > ~/.config/fish/completions/gears.fish    once
  gears completions --static zsh > ~/.zfunc/_gears                  once, for what need not be asked";

/// Of `gears simulate`.
pub const SIMULATE_EXAMPLES: &str = "\
Prints lines for a shell: with them, gears in another terminal talks to this simulation. Ctrl-C ends it.

Examples:
  gears simulate
  gears simulate --listen 127.0.0.1:8080 --rate 10/10s --faults faults.txt";
