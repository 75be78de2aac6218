//! Pictures of 12 megapixels: many uploaded at once until the last row is written, beside what resizing them takes
//! alone; and one resized, beside Pillow.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::client::Connection;
use crate::s3::request;
use crate::server::Server;
use crate::table::{median, verdict};

const PHOTO: &[u8] = include_bytes!("../../../fixtures/images/photo-12mp.jpg");
const BUCKET: &str = "cloudless-shop-images";
/// What the shop sells in a local run.
const PRODUCTS: usize = 16;
const UPLOADS: usize = 400;
const ROUNDS: usize = 3;
/// How often one picture is resized.
const TIMES: usize = 15;

/// Resizes a picture over and over with Pillow's thumbnail, which decodes a draft of twice the size; then says how long it
/// took, in milliseconds, and how near its result and ours are to the whole picture in small.
const PILLOW: &str = r#"
import io, math, sys, time
from PIL import Image, ImageChops, ImageStat
photo, ours = open(sys.argv[1], "rb").read(), open(sys.argv[2], "rb").read()
def fit():
    image = Image.open(io.BytesIO(photo))
    image.thumbnail((268, 200))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()
theirs = fit()
times = []
for _ in range(int(sys.argv[3])):
    begun = time.perf_counter()
    fit()
    times.append((time.perf_counter() - begun) * 1e3)
whole = Image.open(io.BytesIO(photo)).convert("RGB")
def psnr(picture):
    picture = Image.open(io.BytesIO(picture)).convert("RGB")
    small = whole.resize(picture.size, Image.Resampling.LANCZOS)
    rms = ImageStat.Stat(ImageChops.difference(small, picture)).rms
    return 10 * math.log10(255 ** 2 / (sum(it * it for it in rms) / 3))
print(sorted(times)[len(times) // 2], psnr(theirs), psnr(ours))
"#;

/// Uploads at once.
pub async fn uploads() -> Result<String> {
    let cores = std::thread::available_parallelism()?.get();
    let mut ratios = Vec::new();
    let mut took_s = Vec::new();
    for _ in 0..ROUNDS {
        let alone = resize_alone()?;
        let took = upload_all().await?;
        took_s.push(took.as_secs_f64());
        ratios.push(took.as_secs_f64() * cores as f64 / (alone.as_secs_f64() * UPLOADS as f64));
    }
    let (ratio, took_s) = (median(ratios.into_iter()), median(took_s.into_iter()));
    Ok(format!(
        "\n{UPLOADS} pictures of 12 megapixels that are uploaded at once are resized, and the last row is written, after \
         {took_s:.1} s on {cores} processors: {ratio:.2} of the processor time that resizing takes alone. Asked: at most \
         1.3: {}.\n",
        verdict(ratio <= 1.3)
    ))
}

/// The shop with functions and cloud in one process, in memory; until nothing is left to be done.
async fn upload_all() -> Result<Duration> {
    let directory = tempfile::tempdir()?;
    let ready = directory.path().join("ready.json");
    let _shop = Server::all_in_one(&ready)?;
    let ready: Value = serde_json::from_slice(&std::fs::read(&ready)?)?;
    let endpoint = ready["aws"]["endpoint"].as_str().context("no endpoint")?;
    let address = endpoint.trim_start_matches("http://").replace("localhost", "127.0.0.1");
    let address = address.parse()?;
    let mut connections = Vec::with_capacity(UPLOADS);
    for _ in 0..UPLOADS {
        connections.push(Connection::open(address).await?);
    }
    let mut uploads = JoinSet::new();
    let begun = Instant::now();
    for (at, mut connection) in connections.into_iter().enumerate() {
        let key = format!("/{BUCKET}/products/{}/bench-{at}.jpg", at % PRODUCTS + 1);
        uploads.spawn(async move {
            connection.call(&request("PUT", &key, PHOTO)).await?;
            anyhow::Ok(())
        });
    }
    while let Some(upload) = uploads.join_next().await {
        upload??;
    }
    let mut connection = Connection::open(address).await?;
    connection
        .call(b"POST /_cloudless/settle HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\n\r\n")
        .await?;
    let took = begun.elapsed();
    let list = format!("/{BUCKET}?list-type=2&prefix=resized/products/");
    let listed =
        String::from_utf8_lossy(connection.call(&request("GET", &list, b"")).await?).into_owned();
    let resized = listed.matches("/bench-").count();
    ensure!(resized == UPLOADS, "{resized} of {UPLOADS} are resized");
    Ok(took)
}

/// What resizing one takes, on one processor.
fn resize_alone() -> Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let begun = Instant::now();
        imaging::fit::fit(PHOTO)?;
        times.push(begun.elapsed().as_secs_f64());
    }
    Ok(Duration::from_secs_f64(median(times.into_iter())))
}

/// One picture, beside Pillow.
pub fn beside_pillow() -> Result<String> {
    let directory = tempfile::tempdir()?;
    let (photo, ours) = (directory.path().join("photo.jpg"), directory.path().join("ours.jpg"));
    std::fs::write(&photo, PHOTO)?;
    std::fs::write(&ours, imaging::fit::fit(PHOTO)?.bytes)?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let alone_ms = resize_alone()?.as_secs_f64() * 1e3;
        let Some([theirs_ms, theirs_psnr, ours_psnr]) = pillow(&photo, &ours)? else {
            return Ok(
                "\nskipped: a resize beside Pillow's: python3 has no Pillow (python3-pil)\n"
                    .to_owned(),
            );
        };
        rounds.push((theirs_ms / alone_ms, alone_ms, theirs_psnr, ours_psnr));
    }
    let (_, _, theirs_psnr, ours_psnr) = rounds[0];
    let ratio = median(rounds.iter().map(|(ratio, ..)| *ratio));
    let alone_ms = median(rounds.iter().map(|(_, alone_ms, ..)| *alone_ms));
    Ok(format!(
        "\nA picture of 12 megapixels is resized in {alone_ms:.1} ms, {ratio:.2} times as fast as by Pillow's \
         thumbnail of a draft, at {ours_psnr:.1} dB beside {theirs_psnr:.1} dB. Asked: at least 1.4 times, at no worse a PSNR: {}.\n",
        verdict(ratio >= 1.4 && ours_psnr >= theirs_psnr)
    ))
}

/// Pillow's milliseconds, its PSNR and ours; nothing where it is not there.
fn pillow(photo: &Path, ours: &Path) -> Result<Option<[f64; 3]>> {
    let has_pillow = Command::new("python3").args(["-c", "import PIL"]).output();
    if !has_pillow.is_ok_and(|it| it.status.success()) {
        return Ok(None);
    }
    let mut command = Command::new("python3");
    let output =
        command.args(["-c", PILLOW]).arg(photo).arg(ours).arg(TIMES.to_string()).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout)?;
    let numbers: Vec<f64> = said.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    Ok(Some(numbers.as_slice().try_into()?))
}
