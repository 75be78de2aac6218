//! The real program, as a person starts it.

use std::path::Path;
use std::process::{ExitStatus, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::Browser;
use crate::functions::binary;

/// `shop`, started and answering. Dropped, it is killed.
pub struct Program {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// What it wrote into its `--ready-file`.
    pub ready: Value,
    /// What it printed until then.
    pub banner: String,
}

impl Program {
    /// Starts it on free ports, keeping everything in `directory`, and returns when it says that it
    /// is there.
    pub async fn start(directory: &Path) -> Result<Self> {
        Self::start_with(directory, &["--data-dir".as_ref(), directory.join("data").as_ref()]).await
    }

    /// The same with these arguments; `directory` gets the ready-file.
    pub async fn start_with(directory: &Path, arguments: &[&Path]) -> Result<Self> {
        let ready_file = directory.join("ready.json");
        let program = tokio::task::spawn_blocking(|| binary("shop")).await??;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .args(["--port", "0", "--aws-port", "0", "--ready-file"])
            .arg(&ready_file)
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        for name in ["SHOP_PORT", "CLOUDLESS_PORT", "CLOUDLESS_DATA_DIR", "DATABASE_URL"] {
            command.env_remove(name);
        }
        let mut child = command.env_remove("SMTP_URL").env_remove("SHOP_LOG").spawn()?;
        let stdout = child.stdout.take().context("the program has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let mut banner = String::new();
        while !banner.contains("Ctrl-C stops") {
            let line = lines.next_line().await?;
            banner += &line.with_context(|| format!("the program ended:\n{banner}"))?;
            banner.push('\n');
        }
        let ready = serde_json::from_slice(&std::fs::read(&ready_file).context("the ready-file")?)?;
        // The next start makes it anew.
        std::fs::remove_file(&ready_file)?;
        Ok(Self { child, lines, ready, banner })
    }

    /// A text of the ready-file: `/aws/endpoint`.
    pub fn ready(&self, pointer: &str) -> Result<&str> {
        let value = self.ready.pointer(pointer).and_then(Value::as_str);
        value.with_context(|| format!("the ready-file has no {pointer}"))
    }

    /// A browser in which the manager is signed in.
    pub async fn manager(&self) -> Result<Browser> {
        let browser = Browser::new(self.ready("/shop")?)?;
        let (user, password) = (self.ready("/manager/user")?, self.ready("/manager/password")?);
        let path = self.ready("/manager/url")?.trim_start_matches(self.ready("/shop")?);
        let page = browser.sign_in(path, user, password).await?;
        ensure!(page.path == "/manager", "signing in led to {}", page.path);
        Ok(browser)
    }

    /// An S3 client as the ready-file describes it.
    pub fn s3(&self) -> Result<aws_sdk_s3::Client> {
        let credentials = aws_credential_types::Credentials::new(
            self.ready("/aws/access_key_id")?,
            self.ready("/aws/secret_access_key")?,
            None,
            None,
            "ready-file",
        );
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
            .endpoint_url(self.ready("/aws/endpoint")?)
            .region(aws_sdk_s3::config::Region::new(self.ready("/aws/region")?.to_owned()))
            .credentials_provider(credentials)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .force_path_style(true)
            .build();
        Ok(aws_sdk_s3::Client::from_conf(config))
    }

    /// Returns when the pipeline is idle.
    pub async fn settle(&self) -> Result<()> {
        let url = format!("{}/_cloudless/settle?limit_s=60", self.ready("/aws/endpoint")?);
        let client = reqwest::Client::builder().no_proxy().build()?;
        let response = client.post(url).send().await?;
        let (status, body) = (response.status(), response.text().await?);
        ensure!(status.is_success(), "the pipeline does not settle: {body}");
        Ok(())
    }

    /// kill -9: nothing is written, closed or said any more.
    pub async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// What a service manager does: SIGTERM. The last lines it prints, and how it ends.
    pub async fn stop(mut self) -> Result<(String, ExitStatus)> {
        let id = self.child.id().context("the program has ended")?.to_string();
        let signalled = Command::new("kill").args(["-TERM", &id]).status().await?;
        ensure!(signalled.success(), "the program cannot be signalled");
        let mut said = String::new();
        while let Some(line) = self.lines.next_line().await? {
            said += &line;
            said.push('\n');
        }
        Ok((said, self.child.wait().await?))
    }
}
