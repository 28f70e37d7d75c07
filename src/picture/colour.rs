//! Colour profiles: what is stored in other colours is converted to sRGB, the only ones the network knows.

use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// Grey levels that a conversion has to change for it to be done: what calls itself sRGB stays as it is.
const VISIBLE: u8 = 2;
/// Pixels converted at a time.
const PIECE: usize = 1 << 14;

/// Converts RGBA pixels from the colours of this ICC profile to sRGB; alpha stays. The error says, without a subject, what is
/// wrong with the profile; the pixels are as they were then.
pub fn to_srgb(rgba: &mut [u8], icc: &[u8]) -> Result<(), String> {
    let failed = |e: moxcms::CmsError| format!("has a colour profile that cannot be used ({e})");
    let profile = ColorProfile::new_from_slice(icc).map_err(failed)?;
    let srgb = ColorProfile::new_srgb();
    let layout = match profile.color_space {
        DataColorSpace::Rgb => Layout::Rgba,
        DataColorSpace::Gray if rgba.as_chunks::<4>().0.iter().all(|[r, g, b, _]| r == g && g == b) => Layout::Gray,
        DataColorSpace::Gray => {
            return Err("has a colour profile for grey pictures, but colours: it is not used".into());
        }
        // The decoder has made RGB of CMYK already, by its own rule.
        other => {
            return Err(format!("has a colour profile for printing or for a device ({other:?}), which is not used"));
        }
    };
    let options = TransformOptions::default();
    let transform = profile.create_transform_8bit(layout, &srgb, Layout::Rgba, options).map_err(failed)?;
    let convert = |from: &[u8]| -> Result<Vec<u8>, String> {
        let grey: Vec<u8>;
        let from = match layout {
            Layout::Gray => {
                grey = from.iter().step_by(4).copied().collect();
                &grey
            }
            _ => from,
        };
        let mut to = vec![255; from.len() / layout.channels() * 4];
        transform.transform(from, &mut to).map_err(failed)?;
        Ok(to)
    };
    // A grey transform knows no alpha.
    let replace = |pixels: &mut [u8], converted: &[u8]| {
        for (pixel, [r, g, b, _]) in pixels.as_chunks_mut::<4>().0.iter_mut().zip(converted.as_chunks::<4>().0) {
            pixel[..3].copy_from_slice(&[*r, *g, *b]);
        }
    };
    let steps = || (0..=255u8).step_by(51);
    let colours: Vec<u8> = match layout {
        Layout::Gray => steps().flat_map(|v| [v, v, v, 255]).collect(),
        _ => steps().flat_map(|r| steps().flat_map(move |g| steps().flat_map(move |b| [r, g, b, 255]))).collect(),
    };
    let changed = convert(&colours)?.iter().zip(&colours).any(|(a, b)| a.abs_diff(*b) > VISIBLE);
    if changed {
        for piece in rgba.chunks_mut(4 * PIECE) {
            let converted = convert(piece)?;
            replace(piece, &converted);
        }
    }
    Ok(())
}
