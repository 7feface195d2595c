use crate::components::cursor::Cursor;
use crate::components::decode::Decoder;

pub trait Paginator {}
