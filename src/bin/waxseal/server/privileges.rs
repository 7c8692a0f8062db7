//! From root to somebody who may do little.

use std::os::unix::fs::MetadataExt as _;

use nix::unistd::{Group, User, getegid, geteuid, initgroups, setgid, setuid};

use crate::config::ServerSettings;

/// Whom the server becomes.
#[derive(Debug)]
pub(crate) struct Identity {
    name: std::ffi::CString,
    user: nix::unistd::Uid,
    group: nix::unistd::Gid,
}

impl Identity {
    /// Whom the configuration names; `None` where it names nobody, or where we are not root and have
    /// nothing to drop.
    pub(crate) fn of(settings: &ServerSettings) -> Result<Option<Self>, String> {
        let Some(user) = &settings.user else { return Ok(None) };
        if !geteuid().is_root() {
            return Ok(None);
        }
        let unknown = |what: &str, name: &str| format!("{}: there is no {what} {name}", user.place);
        let found = User::from_name(&user.value)
            .map_err(|error| format!("{}: {error}", user.place))?
            .ok_or_else(|| unknown("user", &user.value))?;
        let group = match &settings.group {
            None => found.gid,
            Some(group) => {
                Group::from_name(&group.value)
                    .map_err(|error| format!("{}: {error}", group.place))?
                    .ok_or_else(|| unknown("group", &group.value))?
                    .gid
            }
        };
        let name = std::ffi::CString::new(found.name).map_err(|error| error.to_string())?;
        Ok(Some(Self { name, user: found.uid, group }))
    }

    /// Gives a socket to it, that it may be removed and made anew. The group that a folder hands on to what
    /// is made in it (set-group-ID) stays: it is there to let others in.
    pub(crate) fn own(&self, path: &std::path::Path) -> std::io::Result<()> {
        let handed_on = std::fs::symlink_metadata(path)?.gid() != getegid().as_raw();
        let group = (!handed_on).then(|| self.group.as_raw());
        std::os::unix::fs::chown(path, Some(self.user.as_raw()), group)
    }

    /// Becomes it, for good.
    pub(crate) fn assume(&self) -> Result<(), String> {
        let failed = |what: &str| {
            let what = what.to_owned();
            move |error: nix::Error| format!("cannot become {}: {what}: {error}", self.user)
        };
        initgroups(&self.name, self.group).map_err(failed("its groups"))?;
        setgid(self.group).map_err(failed("its group"))?;
        setuid(self.user).map_err(failed("its user"))?;
        match setuid(nix::unistd::Uid::from_raw(0)) {
            Err(_) => Ok(()),
            Ok(()) => Err("root was not given up".to_owned()),
        }
    }
}
