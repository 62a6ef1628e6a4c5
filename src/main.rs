//! Arguments to one mode, and its exit code.

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use gears_console::cli::{Cli, Mode, complete};
use gears_console::commands::{self, out};
use gears_console::config::{Environment, folders};
use gears_console::log;
use gears_console::model::text::visible;

fn main() -> ExitCode {
    // A shell that asks for completions gets them, and nothing else is done.
    complete::answer();
    // Only for what nobody expects: a panic with its place. Whatever can be expected has its own sentence.
    let _ = color_eyre::config::HookBuilder::default().display_env_section(false).install();
    log::report_panics();
    if let Some(folder) = folders::state_dir() {
        log::reports_go_to(&folder);
    }
    let exit = run();
    log::end(exit);
    if let Some(words) = log::take_trouble() {
        out::say(&words);
    }
    exit
}

fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return unparsed(&error),
    };
    let environment = Environment::of_process();
    let Some(mode) = cli.mode else {
        let mut flags = cli.sending.flags();
        cli.screen.add_to(&mut flags);
        return wait(commands::console::console(&flags, &cli.devices, cli.sending.demo, &environment));
    };
    let common = &cli.sending;
    match mode {
        Mode::Send(send) => wait(commands::send::run(send, common, &environment)),
        Mode::Check(check) => wait(commands::check::run(check, common, &environment)),
        Mode::Resume(resume) => wait(commands::resume::run(resume, common, &environment)),
        Mode::Log(options) => wait(commands::log::run(options, common, &environment)),
        Mode::Simulate(simulate) => wait(commands::simulate::run(simulate)),
        Mode::Config(config) => commands::config::run(config, common, &environment),
        Mode::Logout(logout) => commands::logout::run(&logout, common, &environment),
        Mode::Completions(shell) => commands::papers::completions(&shell),
        Mode::Guide(guide) => commands::guide::run(&guide, &environment),
        Mode::Man(man) => commands::papers::man(&man),
        Mode::History(history) => wait(commands::past::run(history, common, &environment)),
        Mode::Devices(devices) => commands::listing::run(&devices, common, &environment),
    }
}

/// Runs a mode that waits: one thread for its tasks beside this one, so that the process stays small.
fn wait(mode: impl Future<Output = ExitCode>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(4)
        .thread_keep_alive(Duration::from_secs(1))
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return out::fail(out::CONFIGURATION, &format!("this machine gives no thread: {error}")),
    };
    let exit = runtime.block_on(mode);
    // What was left behind at the operator's wish is not waited for.
    runtime.shutdown_background();
    exit
}

/// Help, the version, or what is wrong with the command line; arguments cannot speak to the terminal.
fn unparsed(error: &clap::Error) -> ExitCode {
    let code = ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(out::USAGE));
    let arguments: Vec<String> = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    if arguments.iter().all(|argument| visible(argument) == argument.as_str()) {
        let _ = error.print();
        return code;
    }
    // Clap repeats an argument as it is: its words are made anew from marks.
    let marked = Cli::try_parse_from(arguments.iter().map(|argument| visible(argument).into_owned()));
    out::say(&marked.err().unwrap_or_else(|| clap::Error::new(error.kind())).render().to_string());
    code
}
