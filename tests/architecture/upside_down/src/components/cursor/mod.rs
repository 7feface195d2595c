pub struct Cursor;
