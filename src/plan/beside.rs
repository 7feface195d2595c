//! What stands beside a manifest: its folder's name, its icon, its tests.

use crate::diagnostic::{Code, Diagnostic, Report};
use crate::plan::load::{load_text, manifest_file, read_bytes};
use crate::plan::{Loaded, Options, testfile};
use crate::text::Sources;
use std::path::Path;

/// The largest icon that is taken.
pub const ICON_BYTES: u64 = 256 * 1024;

/// Reads and checks one manifest with its icon and its tests.
pub fn load(path: &Path, sources: &mut Sources, report: &mut Report, options: &Options) -> std::io::Result<Loaded> {
    let file = manifest_file(path)?;
    let bytes = read_bytes(&file)?;
    let mut loaded = load_text(&file, &bytes, sources, report, options);
    check(&mut loaded, sources, report);
    Ok(loaded)
}

/// Checks what stands beside a manifest.
pub(super) fn check(loaded: &mut Loaded, sources: &mut Sources, report: &mut Report) {
    folder(loaded, report);
    icon(loaded, report);
    testfile::check_folder(loaded, sources, report);
}

fn folder(loaded: &Loaded, report: &mut Report) {
    let Some(spec) = &loaded.spec else { return };
    let is_manifest = loaded.path.file_stem().is_some_and(|stem| stem == "manifest");
    let folder =
        loaded.path.canonicalize().ok().and_then(|path| Some(path.parent()?.file_name()?.to_str()?.to_owned()));
    if let (true, Some(folder)) = (is_manifest, folder)
        && folder != spec.connector.text
    {
        report.push(
            Diagnostic::new(
                Code::E0807,
                spec.connector.span,
                format!("the connector is `{}`, its folder is `{folder}`", spec.connector.text),
            )
            .help("a manifest stands in a folder of the connector's name; rename one of them"),
        );
    }
}

fn icon(loaded: &Loaded, report: &mut Report) {
    let Some(icon) = loaded.spec.as_ref().and_then(|spec| spec.icon.as_ref()) else { return };
    let warn = |report: &mut Report, message: String, help: &str| {
        report.push(Diagnostic::new(Code::E0705, icon.span, message).help(help));
    };
    let name = icon.text.as_str();
    if name.contains("://") {
        return warn(report, format!("the icon `{name}` is an address"), "an icon is an SVG file beside the manifest");
    }
    if name.starts_with('/') || name.contains('\\') || name.split('/').any(|part| part == "..") {
        let message = format!("the icon `{name}` lies outside the connector's folder");
        report
            .push(Diagnostic::new(Code::E0706, icon.span, message).help("an icon is an SVG file beside the manifest"));
        return;
    }
    let Some(folder) = loaded.path.parent() else { return };
    let file = folder.join(name);
    // A link may lead anywhere: it is not followed.
    if file.is_symlink() {
        let message = format!("the icon `{name}` is a link");
        report.push(Diagnostic::new(Code::E0706, icon.span, message).help("put the file itself beside the manifest"));
        return;
    }
    let Ok(about) = std::fs::metadata(&file) else {
        return warn(
            report,
            format!("there is no icon `{name}`"),
            "put the SVG file beside the manifest, or leave `icon` out",
        );
    };
    if about.len() > ICON_BYTES {
        return warn(
            report,
            format!("the icon `{name}` is larger than 256 KiB"),
            "make it smaller: it is shown at 64 pixels",
        );
    }
    let svg = std::fs::read_to_string(&file).unwrap_or_default().to_lowercase();
    if !svg.contains("<svg") {
        return warn(report, format!("the icon `{name}` is no SVG"), "an icon is an SVG file");
    }
    let active = ["<script", "javascript:", "<foreignobject", "<!entity"].into_iter().find(|word| svg.contains(word));
    let handler = svg
        .split('<')
        .any(|tag| tag.split_whitespace().skip(1).any(|word| word.starts_with("on") && word.contains('=')));
    let outside = svg.contains("href=\"http") || svg.contains("href='http") || svg.contains("url(http");
    if let Some(word) = active {
        warn(
            report,
            format!("the icon `{name}` holds `{word}`"),
            "an icon is shown beside other people's: take scripts out",
        );
    } else if handler {
        warn(
            report,
            format!("the icon `{name}` holds an event handler"),
            "an icon is shown beside other people's: take scripts out",
        );
    } else if outside {
        warn(report, format!("the icon `{name}` loads something from elsewhere"), "an icon is whole in itself");
    }
}
