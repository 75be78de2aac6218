//! Bodies that forks share with the emulator that they were made of: each has its own for as long as it
//! wants them, and what nobody wants any more is gone.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// What happens to one of the emulators; which one, and to which of its bodies, is taken modulo how many
/// there are.
#[derive(Debug, Clone)]
enum Happens {
    Put {
        to: usize,
        size_bytes: usize,
    },
    Delete {
        from: usize,
        which: usize,
    },
    Fork {
        of: usize,
    },
    End {
        which: usize,
    },
    /// The directory is opened again, where nobody has it open.
    Reopen,
}

fn happens() -> impl Strategy<Value = Happens> {
    let sizes = prop_oneof![3 => 1..40_usize, 1 => Just(64 * KIB + 1)];
    prop_oneof![
        4 => (0..8_usize, sizes).prop_map(|(to, size_bytes)| Happens::Put { to, size_bytes }),
        4 => (0..8_usize, 0..8_usize).prop_map(|(from, which)| Happens::Delete { from, which }),
        2 => (0..8_usize).prop_map(|of| Happens::Fork { of }),
        1 => (0..8_usize).prop_map(|which| Happens::End { which }),
        1 => Just(Happens::Reopen),
    ]
}

/// An emulator, as far as bodies go.
struct Life {
    storage: Storage,
    bodies: BTreeMap<BlobId, (Blob, Bytes)>,
}

/// All emulators. The first may have a directory.
struct House {
    runtime: tokio::runtime::Runtime,
    directory: Option<tempfile::TempDir>,
    first: Option<Life>,
    /// What the records in the directory refer to.
    kept: BTreeMap<BlobId, (Blob, Bytes)>,
    forks: Vec<Life>,
    written: usize,
}

impl House {
    fn new(in_directory: bool) -> Self {
        let directory = in_directory.then(|| tempfile::tempdir().unwrap());
        let storage = directory
            .as_ref()
            .map_or_else(Storage::memory, |directory| Storage::open(directory.path()).unwrap());
        Self {
            runtime: tokio::runtime::Builder::new_current_thread().build().unwrap(),
            directory,
            first: Some(Life { storage, bodies: BTreeMap::new() }),
            kept: BTreeMap::new(),
            forks: Vec::new(),
            written: 0,
        }
    }

    fn lives(&mut self) -> Vec<&mut Life> {
        self.first.iter_mut().chain(&mut self.forks).collect()
    }

    fn happen(&mut self, what: &Happens) {
        let count = self.lives().len();
        match *what {
            Happens::Put { to, size_bytes } if count > 0 => {
                self.written += 1;
                let text = format!("{} ", self.written).into_bytes();
                let body: Bytes = text.into_iter().cycle().take(size_bytes).collect();
                let mut lives = Self::all(&mut self.first, &mut self.forks);
                let life = &mut lives[to % count];
                let staged = life.storage.blobs.stage(body.clone(), options());
                let staged = self.runtime.block_on(staged).unwrap();
                let blob = commit(life.storage.records.as_mut(), &life.storage.blobs, staged);
                life.bodies.insert(blob.id.clone(), (blob, body));
            }
            Happens::Delete { from, which } if count > 0 => {
                let mut lives = self.lives();
                let life = &mut lives[from % count];
                let many = life.bodies.len().max(1);
                let Some(blob) = life.bodies.keys().nth(which % many).cloned() else { return };
                life.bodies.remove(&blob);
                life.storage.blobs.delete(&blob);
            }
            Happens::Fork { of } if (1..6).contains(&count) => {
                let mut lives = self.lives();
                let life = &mut lives[of % count];
                let blobs = life.storage.blobs.fork(life.bodies.keys());
                let bodies = life.bodies.clone();
                let storage = Storage { records: Box::new(MemoryStore), blobs };
                self.forks.push(Life { storage, bodies });
            }
            Happens::End { which } if count > 1 => self.end(which % count),
            Happens::Reopen if self.first.is_none() => self.reopen(),
            _ => {}
        }
        if let Some(first) = &self.first {
            self.kept = first.bodies.clone();
        }
    }

    fn all<'a>(first: &'a mut Option<Life>, forks: &'a mut Vec<Life>) -> Vec<&'a mut Life> {
        first.iter_mut().chain(forks).collect()
    }

    fn end(&mut self, which: usize) {
        let first = self.first.is_some();
        let mut ended = match which {
            0 if first => self.first.take().unwrap(),
            which => self.forks.remove(which - usize::from(first)),
        };
        // The last commit, as the engine makes it.
        let dropped_bodies = ended.storage.blobs.take_dropped_rows();
        let now = Timestamp::from_ms(1);
        let last = Commit { changes: &[], bodies: &[], dropped_bodies: &dropped_bodies, now };
        ended.storage.records.commit(&last).unwrap();
    }

    fn reopen(&mut self) {
        let Some(directory) = &self.directory else { return };
        let mut storage = Storage::open(directory.path()).unwrap();
        storage.records.begin().unwrap();
        let swept = storage.blobs.sweep(&Named(self.kept.keys().cloned().collect())).unwrap();
        assert_eq!(swept.missing, [], "the directory lacks what it had");
        self.first = Some(Life { storage, bodies: self.kept.clone() });
    }

    /// Each reads its own; and there is no file that nobody wants.
    fn check(&mut self) {
        for life in Self::all(&mut self.first, &mut self.forks) {
            for (blob, body) in life.bodies.values() {
                let content = Content::from(blob.clone());
                let read = life.storage.blobs.open(&content.all()).bytes();
                assert!(self.runtime.block_on(read).unwrap() == body, "{} is another", blob.id.0);
            }
        }
        let Some(directory) = &self.directory else { return };
        let names = std::fs::read_dir(directory.path().join("blobs")).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let forks = self.forks.iter().flat_map(|fork| fork.bodies.keys());
        let wanted = self.kept.keys().chain(forks).map(|blob| blob.0.to_string());
        let wanted = wanted.filter(|name| name.starts_with("file-"));
        assert_eq!(names.collect::<BTreeSet<_>>(), wanted.collect::<BTreeSet<_>>());
    }

    /// When all are gone, the next who opens the directory finds what it had and nothing else.
    fn finish(mut self) {
        while !self.lives().is_empty() {
            self.end(0);
        }
        self.check();
        if self.directory.is_some() {
            self.reopen();
            self.end(0);
            let path = self.directory.as_ref().unwrap().path().join(sqlite::FILE_NAME);
            let database = rusqlite::Connection::open(path).unwrap();
            let count = |sql| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
            let rows = self.kept.keys().filter(|blob| blob.0.starts_with("row-")).count();
            assert_eq!(count("SELECT count(*) FROM blob"), rows as i64);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_has_its_bodies_and_what_nobody_wants_is_gone(
        in_directory: bool,
        story in proptest::collection::vec(happens(), 1..40),
    ) {
        let mut house = House::new(in_directory);
        for what in &story {
            house.happen(what);
            house.check();
        }
        house.finish();
    }
}

/// The directory cannot be opened by another process, which would sweep what the fork reads; by this one
/// it can.
#[test]
fn a_directory_is_not_free_while_a_fork_reads_there() {
    let directory = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut storage = Storage::open(directory.path()).unwrap();
    let staged = runtime.block_on(storage.blobs.stage(body(64 * KIB + 1), options())).unwrap();
    let blob = commit(storage.records.as_mut(), &storage.blobs, staged);
    let fork = storage.blobs.fork([&blob.id].into_iter());
    let forks_fork = fork.fork([&blob.id].into_iter());
    drop((storage, fork));

    let lock = std::fs::File::options().write(true).open(directory.path().join("lock")).unwrap();
    assert!(lock.try_lock().is_err(), "another process could take it");
    let storage = Storage::open(directory.path()).unwrap();
    let twice = Storage::open(directory.path()).unwrap_err().to_string();
    assert!(twice.contains("is in use by another process"), "{twice}");
    drop((storage, forks_fork));
    assert!(lock.try_lock().is_ok(), "it is free");
}
