//! The port, this machine's addresses, and one of them as a square for a phone's camera.

use qrcode::{QrCode, render::unicode::Dense1x2};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};

/// How many ports after a taken one are tried before none is offered.
const TRIED: usize = 200;

/// Opens a port. The sentence about a taken one offers the next that is free.
pub fn listen(host: &str, port: u16) -> Result<TcpListener, String> {
    TcpListener::bind((host, port)).map_err(|e| match e.kind() {
        ErrorKind::AddrInUse => match next_free(host, port) {
            Some(free) => {
                format!("Port {port} of {host} is taken by another program. Port {free} is free: add --port {free}.")
            }
            None => format!("Port {port} of {host} is taken by another program. Choose another one with --port."),
        },
        ErrorKind::PermissionDenied => {
            format!("Port {port} of {host} is not yours to open. Choose one above 1023 with --port, or 0 for any.")
        }
        ErrorKind::AddrNotAvailable => format!("{host} is no address of this machine: 0.0.0.0 stands for all it has."),
        _ => format!("Port {port} of {host} cannot be opened: {e}. Look at --host and --port."),
    })
}

fn next_free(host: &str, port: u16) -> Option<u16> {
    (port.checked_add(1)?..=u16::MAX).take(TRIED).find(|&port| TcpListener::bind((host, port)).is_ok())
}

/// All addresses of this machine that a browser can be given, the loopback ones too. The one that leads out comes
/// first: others may be those of virtual machines.
pub fn all() -> Vec<IpAddr> {
    let found = if_addrs::get_if_addrs().unwrap_or_default();
    let mut all: Vec<_> = found.iter().map(|interface| interface.ip()).filter(|ip| !is_local_to_link(*ip)).collect();
    let out = leads_out();
    all.extend(out);
    all.sort_by_key(|ip| (Some(*ip) != out, ip.is_ipv6()));
    let mut seen = std::collections::HashSet::new();
    all.retain(|ip| seen.insert(*ip));
    all
}

/// The addresses by which other machines reach a server bound to `ip`.
pub fn others(ip: IpAddr) -> Vec<IpAddr> {
    if !ip.is_unspecified() {
        return if ip.is_loopback() { Vec::new() } else { vec![ip] };
    }
    // "::" takes IPv4 in as well, but for Windows.
    let both = ip.is_ipv6() && !cfg!(windows);
    all().into_iter().filter(|other| !other.is_loopback() && (both || other.is_ipv4() == ip.is_ipv4())).collect()
}

/// Needs an interface's name beside it (`fe80::1%eth0`), which no browser takes.
fn is_local_to_link(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(ip) if ip.segments()[0] & 0xffc0 == 0xfe80)
}

/// The address that packets to elsewhere carry. No packet is sent: connecting UDP only asks for the way.
fn leads_out() -> Option<IpAddr> {
    /// Set apart for documents: it is nobody's.
    const ELSEWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 9);
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(ELSEWHERE).ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_unspecified() && !ip.is_loopback()).then_some(ip)
}

/// A QR code of half blocks, dark where it is printed; in a terminal's own colours it would be dark on dark, so there
/// each line sets black on white.
pub fn qr_code(text: &str, terminal: bool) -> Option<String> {
    let code = QrCode::new(text).ok()?;
    let drawn = code.render::<Dense1x2>().dark_color(Dense1x2::Dark).light_color(Dense1x2::Light).build();
    if !terminal {
        return Some(drawn);
    }
    let lines: Vec<_> = drawn.lines().map(|line| format!("\x1b[38;5;16;48;5;231m{line}\x1b[0m")).collect();
    Some(lines.join("\n"))
}
