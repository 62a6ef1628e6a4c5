//! The state folder: made, kept private, and asked what disk it is on.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::{JournalError, error};

/// The database's name in the state folder.
const FILE: &str = "journal.db";

/// The database's place in a state folder.
pub(super) fn database(state_dir: &Path) -> PathBuf {
    state_dir.join(FILE)
}

/// A state folder that is there.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    /// The folder
    path: PathBuf,
    /// The group that shares it, where one does
    group: Option<u32>,
}

impl Folder {
    /// Makes the folder (for the owner alone) if it is not there. One that is there keeps its permissions; one that a group
    /// may write to is shared by that group.
    pub(crate) fn ensure(path: &Path) -> Result<Self, JournalError> {
        // `SQLite` takes a name that begins with `file:` for an address; an absolute one never does.
        let path = &std::path::absolute(path).map_err(|error| error::io("find the state folder", path, &error))?;
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|error| error::io("make the state folder", path, &error))?;
        let about = fs::metadata(path).map_err(|error| error::io("read the state folder", path, &error))?;
        // A folder that everybody may write to, such as /tmp, is no team's.
        let shared = about.mode() & 0o022 == 0o020;
        Ok(Self { path: path.to_owned(), group: shared.then_some(about.gid()) })
    }

    /// A folder in here with the same rights, made if it is not there. One that is there keeps its permissions.
    pub(crate) fn within(&self, name: impl AsRef<Path>) -> io::Result<Self> {
        let path = self.path.join(name);
        let mode = if self.group.is_some() { 0o2770 } else { 0o700 };
        match fs::DirBuilder::new().mode(mode).create(&path) {
            Ok(()) => {
                // The mask of the process takes away what the group needs.
                fs::set_permissions(&path, Permissions::from_mode(mode))?;
                if let Some(group) = self.group {
                    std::os::unix::fs::chown(&path, None, Some(group))?;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        Ok(Self { path, group: self.group })
    }

    /// Opens a file to append to, and makes it if it is not there.
    pub(crate) fn append(&self, path: &Path) -> io::Result<File> {
        let file = OpenOptions::new().append(true).create(true).mode(self.mode()).open(path)?;
        self.settle(path)?;
        Ok(file)
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The database.
    pub(super) fn database(&self) -> PathBuf {
        database(&self.path)
    }

    /// The permissions of files in here.
    fn mode(&self) -> u32 {
        if self.group.is_some() { 0o660 } else { 0o600 }
    }

    /// Makes a new file with the right permissions; an error if it is there.
    pub(super) fn create(&self, path: &Path) -> io::Result<File> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(self.mode()).open(path)?;
        self.settle(path)?;
        Ok(file)
    }

    /// Makes the database, empty, if it is not there: `SQLite` gives the files that it puts beside it the same permissions.
    pub(super) fn ensure_database(&self) -> Result<(), JournalError> {
        let path = self.database();
        match self.create(&path) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.settle(&path).map_err(|error| error::io("protect the journal", &path, &error))
            }
            Err(error) => Err(error::io("make the journal", &path, &error)),
        }
    }

    /// Gives the database and what `SQLite` put beside it to the group that shares the folder. What could not be done, in
    /// words.
    pub(super) fn settle_all(&self) -> Vec<String> {
        let mut words = Vec::new();
        for suffix in ["", "-wal", "-shm"] {
            let mut name = self.database().into_os_string();
            name.push(suffix);
            let path = PathBuf::from(name);
            if let Err(error) = self.settle(&path)
                && error.kind() != io::ErrorKind::NotFound
            {
                let path = path.display();
                words.push(format!(
                    "{path} may stay closed to the group that shares the folder, or open to others: {error}."
                ));
            }
        }
        words
    }

    /// Takes rights away that a file of ours should not give, and gives it to the group that shares the folder.
    fn settle(&self, path: &Path) -> io::Result<()> {
        let about = fs::symlink_metadata(path)?;
        if about.uid() != rustix::process::geteuid().as_raw() || !about.is_file() {
            return Ok(());
        }
        if let Some(group) = self.group
            && about.gid() != group
        {
            std::os::unix::fs::chown(path, None, Some(group))?;
        }
        if about.mode() & 0o777 != self.mode() {
            fs::set_permissions(path, Permissions::from_mode(self.mode()))?;
        }
        Ok(())
    }

    /// Whether processes that use files here can share memory through them, which a write-ahead log needs. Unknown file
    /// systems can.
    pub(super) fn shares_memory(&self) -> bool {
        rustix::fs::statfs(&self.path).map_or(true, |about| {
            // The field is signed on some machines: only its low half is the number.
            #[cfg(target_os = "linux")]
            let local = is_local(u64::try_from(about.f_type & 0xffff_ffff).unwrap_or_default());
            // MNT_LOCAL of the BSDs
            #[cfg(not(target_os = "linux"))]
            let local = about.f_flags & 0x1000 != 0;
            local
        })
    }
}

/// Whether a file system with this number (statfs(2), linux/magic.h) is on this machine alone. FUSE may be anything, so it
/// counts as remote.
#[cfg(target_os = "linux")]
fn is_local(magic: u64) -> bool {
    const REMOTE: [u64; 18] = [
        0x6969,      // NFS
        0x517b,      // SMB
        0xff53_4d42, // CIFS
        0xfe53_4d42, // SMB2
        0x564c,      // NCP
        0x5346_414f, // AFS
        0x6b41_4653, // kAFS
        0x7375_7245, // Coda
        0x00c3_6400, // Ceph
        0x0102_1997, // 9P
        0x6573_5546, // FUSE: sshfs, GlusterFS, ...
        0x0bd0_0bd0, // Lustre
        0x4750_4653, // GPFS
        0x0116_1970, // GFS2
        0x7461_636f, // OCFS2
        0x1983_0326, // BeeGFS
        0x786f_4256, // VirtualBox shared folder
        0xaad7_aaea, // PanFS
    ];
    !REMOTE.contains(&magic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn a_new_folder_is_for_its_owner_alone() {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().join("a/b");
        let folder = Folder::ensure(&path).unwrap();
        folder.ensure_database().unwrap();
        assert_eq!([mode(&path), mode(&folder.database())], [0o700, 0o600]);
    }

    #[test]
    fn a_file_that_was_open_to_others_is_closed() {
        let top = tempfile::tempdir().unwrap();
        let file = top.path().join(FILE);
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
        Folder::ensure(top.path()).unwrap().ensure_database().unwrap();
        assert_eq!(mode(&file), 0o600);
    }

    #[test]
    fn a_folder_keeps_the_rights_of_its_group_and_no_others() {
        let top = tempfile::tempdir().unwrap();
        for (folder_mode, file_mode) in [(0o2770, 0o660), (0o775, 0o660), (0o750, 0o600), (0o1777, 0o600)] {
            let path = top.path().join(format!("{folder_mode:o}"));
            fs::create_dir(&path).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(folder_mode)).unwrap();
            let folder = Folder::ensure(&path).unwrap();
            folder.ensure_database().unwrap();
            assert_eq!([mode(&path), mode(&folder.database())], [folder_mode, file_mode]);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn network_disks_are_known() {
        for (magic, local) in [(0x6969, false), (0xff53_4d42, false), (0xef53, true)] {
            assert_eq!(is_local(magic), local, "{magic:x}");
        }
    }
}
