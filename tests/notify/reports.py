"""What mail servers send back about a letter."""

from uuid import UUID


def report(
    letter: UUID,
    *,
    to: str = "no-reply@city.test",
    address: str = "aino@example.org",
    action: str = "failed",
    status: str = "5.1.1",
) -> bytes:
    """A delivery report (RFC 3464)."""
    return f"""From: MAILER-DAEMON@mx.example.org\r
To: {to}\r
Subject: Undelivered Mail Returned to Sender\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: text/plain\r
\r
It could not be delivered.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example.org\r
\r
Final-Recipient: rfc822; {address}\r
Action: {action}\r
Status: {status}\r
Diagnostic-Code: smtp; 550 5.1.1 nobody here\r
\r
--b\r
Content-Type: text/rfc822-headers\r
\r
X-Letter-Id: {letter}\r
Subject: You earned a badge\r
\r
--b--\r
""".encode()


def complaint(letter: UUID, *, address: str = "aino@example.org") -> bytes:
    """A complaint (ARF, RFC 5965)."""
    return f"""From: fbl@mx.example.org\r
To: abuse@city.test\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r
\r
--b\r
Content-Type: text/plain\r
\r
This is a spam report.\r
--b\r
Content-Type: message/feedback-report\r
\r
Feedback-Type: abuse\r
User-Agent: Somebody/1\r
Version: 1\r
Original-Rcpt-To: <{address}>\r
\r
--b\r
Content-Type: message/rfc822\r
\r
X-Letter-Id: {letter}\r
Subject: You earned a badge\r
\r
Hello\r
--b--\r
""".encode()
