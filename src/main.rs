//! The `weir` program: hands arguments and environment to [`weir::cli`], nothing else.

fn main() -> std::process::ExitCode {
    weir::cli::main()
}
