//! The console: builds what it starts with, and starts it.

mod places;

use std::ffi::OsString;
use std::process::ExitCode;

use jiff::Timestamp;
use ratatui::style::Color;

use super::session::{self, Target};
use super::{Failure, begin_log, load, out};
use crate::config::{self, Ask, Environment, Flags, HeaderColor, Loaded, Look, Plan};
use crate::journal::Who;
use crate::model::Action;
use crate::tui::abilities::Abilities;
use crate::tui::theme::Theme;
use crate::tui::{self, app, terminal};
use crate::{log, zone};

/// Opens the console on the devices that the arguments name; `demo` on the simulation.
///
/// A secret that only the operator has is asked for first, while the terminal is still ours; all other credentials are
/// fetched and the journal is opened once the first frame is on screen.
pub async fn console(flags: &Flags, devices: &[OsString], demo: bool, environment: &Environment) -> ExitCode {
    let start = match prepare(flags, devices, demo, environment).await {
        Ok(start) => start,
        Err(failure) => return failure.tell(),
    };
    match tui::run(start).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => out::fail(out::CONFIGURATION, &format!("the terminal failed: {error}")),
    }
}

async fn prepare(
    flags: &Flags,
    devices: &[OsString],
    demo: bool,
    environment: &Environment,
) -> Result<tui::Start, Failure> {
    let loaded = super::settings(flags, environment)?;
    begin_log("console", &loaded, session::log_of(&loaded.settings, demo));
    let sources = match devices {
        [] if !demo => Vec::new(),
        devices => load::sources(devices, &loaded.settings, demo)?,
    };
    // What is wrong with the arguments is said first; nothing is asked where no console can open.
    if let Some(why) = terminal::refusal() {
        return Err(Failure::usage(why));
    }
    // Where nothing at all is set up the console opens and says what to do.
    let ask = if loaded.settings.client_key.is_some() { super::may_be_asked() } else { Ask::Never };
    let target = match Plan::new(&loaded.settings, environment, ask) {
        Ok(plan) if !demo && plan.asks() => Some(Target::find(&loaded, demo, ask).await?),
        _ => None,
    };
    let (look, missing) = config::theme_or_none(&loaded)?;
    let options = options(&loaded, &look, demo);
    Ok(tui::Start {
        notices: missing.into_iter().collect(),
        sources,
        intake: load::options(&loaded.settings),
        abilities: Abilities::of(&loaded.settings, &loaded.environment),
        connect: places::connector(loaded, demo, target, flags.clone(), look),
        options,
    })
}

fn options(loaded: &Loaded, look: &Look, demo: bool) -> app::Options {
    let settings = &loaded.settings;
    let ascii = settings.ascii || !loaded.environment.is_utf8();
    let theme = Theme::new(look.base, settings.depth(&loaded.environment), ascii);
    let own_theme = look.roles.as_ref().map(|roles| theme.with(roles));
    app::Options {
        // A simulation looks like no customer's cloud.
        profile: settings.profile.clone().filter(|_| !demo),
        profiles: places::profiles(loaded),
        main_account: loaded.main.client_key.is_some(),
        user: Who::from_environment().user,
        host: settings.host(),
        header: settings.header_color.filter(|_| !demo).map(header),
        client_key: settings.client_key.clone().unwrap_or_default(),
        demo,
        read_only: settings.read_only,
        rate: session::rate(settings, demo),
        batch_size: settings.batch_size,
        theme: own_theme.unwrap_or(theme),
        own_theme,
        id_mode: settings.id_mode.unwrap_or_default(),
        action: Action::DhcpRenew,
        require_reason: settings.require_reason.clone(),
        remind_after: settings.remind_after,
        finish_on_hangup: settings.finish_on_hangup,
        clock: Timestamp::now,
        time_zone: zone::local(),
        mouse: settings.mouse,
        keys: settings.keys.clone(),
        log: log::is_on().then(|| settings.state_dir.as_deref().map(log::place)).flatten(),
    }
}

fn header(colour: HeaderColor) -> Color {
    match colour {
        HeaderColor::Red => Color::Red,
        HeaderColor::Green => Color::Green,
        HeaderColor::Yellow => Color::Yellow,
        HeaderColor::Blue => Color::Blue,
        HeaderColor::Magenta => Color::Magenta,
        HeaderColor::Cyan => Color::Cyan,
    }
}
