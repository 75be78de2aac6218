//! What is stored of EC2: the live types themselves, in the files of their nouns. They are frozen: a new field or kind
//! raises the format of data directories (`emulator/src/store/formats`). Nothing of EC2 is live that is not
//! stored, but for what instances used since the last minute.
