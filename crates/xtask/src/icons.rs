//! `cargo xtask icons`: the icon set, drawn from two SVG sources by `rsvg-convert`.
//! Sizes of 32 pixels and fewer have their own drawing with fewer shapes.

use std::{fs, path::Path};

use crate::{Result, process};

/// Pixels of each PNG that the packages carry.
const PNG: &[u32] = &[16, 32, 48, 64, 128, 256, 512];

/// Pixels in `hearth.ico`, and the four letters that name each size in `hearth.icns`.
const ICO: &[u32] = &[16, 24, 32, 48, 256];
const ICNS: &[(u32, &[u8; 4])] =
    &[(16, b"icp4"), (32, b"icp5"), (64, b"icp6"), (128, b"ic07"), (256, b"ic08"), (512, b"ic09")];

pub fn icons() -> Result {
    if process::find("rsvg-convert").is_none() {
        return Err("Drawing the icons needs rsvg-convert (Debian: librsvg2-bin).".into());
    }
    let folder = process::root().join("icons");
    for pixels in PNG {
        fs::write(folder.join(format!("{pixels}x{pixels}.png")), draw(*pixels)?)?;
    }
    fs::write(folder.join("hearth.ico"), ico(&drawings(ICO.iter().copied())?)?)?;
    let named = ICNS.iter().map(|(_, name)| *name);
    let images = drawings(ICNS.iter().map(|(pixels, _)| *pixels))?;
    fs::write(folder.join("hearth.icns"), icns(named.zip(images.iter().map(|(_, png)| png)))?)?;
    Ok(())
}

fn drawings(sizes: impl Iterator<Item = u32>) -> Result<Vec<(u32, Vec<u8>)>> {
    sizes.map(|pixels| Ok((pixels, draw(pixels)?))).collect()
}

/// The icon as a PNG of `pixels` by `pixels`.
fn draw(pixels: u32) -> Result<Vec<u8>> {
    let source = if pixels <= 32 { "icons/hearth-small.svg" } else { "icons/hearth.svg" };
    let size = pixels.to_string();
    let output = process::command("rsvg-convert")
        .args(["--width", &size, "--height", &size])
        .arg(Path::new(source))
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(output.stdout)
}

/// A Windows icon of PNG images: a directory of 16 bytes an image, then the images.
fn ico(images: &[(u32, Vec<u8>)]) -> Result<Vec<u8>> {
    let mut file = vec![0, 0, 1, 0];
    file.extend(u16::try_from(images.len())?.to_le_bytes());
    let mut offset = 6 + 16 * images.len();
    for (pixels, png) in images {
        // A side of 256 is written as 0.
        let side = u8::try_from(*pixels).unwrap_or(0);
        file.extend([side, side, 0, 0, 1, 0, 32, 0]);
        file.extend(u32::try_from(png.len())?.to_le_bytes());
        file.extend(u32::try_from(offset)?.to_le_bytes());
        offset += png.len();
    }
    for (_, png) in images {
        file.extend(png);
    }
    Ok(file)
}

/// A macOS icon of PNG images: each behind its name and its length with this header.
fn icns<'a>(images: impl Iterator<Item = (&'a [u8; 4], &'a Vec<u8>)>) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    for (name, png) in images {
        body.extend(name);
        body.extend(u32::try_from(png.len() + 8)?.to_be_bytes());
        body.extend(png);
    }
    let mut file = b"icns".to_vec();
    file.extend(u32::try_from(body.len() + 8)?.to_be_bytes());
    file.extend(body);
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ico_points_at_each_image() {
        let file = ico(&[(16, vec![1, 2, 3]), (256, vec![4, 5])]).unwrap();
        let at = |entry: usize| {
            let start = 6 + 16 * entry + 12;
            u32::from_le_bytes(file[start..start + 4].try_into().unwrap()) as usize
        };
        assert_eq!(&file[at(0)..at(0) + 3], [1, 2, 3]);
        assert_eq!(&file[at(1)..], [4, 5]);
        assert_eq!(file[6 + 16], 0, "a side of 256 is written as 0");
    }

    #[test]
    fn an_icns_says_its_own_length() {
        let png = vec![9; 10];
        let file = icns([(b"ic07", &png)].into_iter()).unwrap();
        assert_eq!(u32::from_be_bytes(file[4..8].try_into().unwrap()) as usize, file.len());
        assert_eq!(&file[8..12], b"ic07");
    }
}
