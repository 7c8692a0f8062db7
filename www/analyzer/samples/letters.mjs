// The letters that make.mjs signs, each as its author's program would have written it, and the fields
// that hosts on the way put on top of it. Lines end in LF here and in CRLF in the samples.

const base64 = (text) => Buffer.from(text).toString("base64").replace(/(.{76})/g, "$1\n");

export const order = `From: =?UTF-8?Q?B=C3=A4ckerei_L=C3=B6we?= <bestellung@baeckerei.example>
To: =?UTF-8?B?SsO8cmdlbiBHcm/Dnw==?= <juergen.gross@post.example>
Subject: =?UTF-8?Q?Ihre_Bestellung_Nr=2E_4711_ist_f=C3=BCr_Sie?=
 =?UTF-8?Q?_reserviert_=F0=9F=A5=90?=
Date: Mon, 16 Nov 2026 09:14:02 +0100
Message-ID: <4711.20261116081402@kasse.baeckerei.example>
Reply-To: laden@baeckerei.example
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_krume"
List-Unsubscribe: <https://baeckerei.example/ab?u=4711>

--=_krume
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: quoted-printable

Guten Tag, Herr Gro=C3=9F,

Ihre Bestellung liegt morgen ab 7 Uhr f=C3=BCr Sie bereit:

  2 Roggenbrote (je 4,20 =E2=82=AC)          8,40 =E2=82=AC
  6 H=C3=B6rnchen (je 1,10 =E2=82=AC)        6,60 =E2=82=AC

Bitte bezahlen Sie im Laden. Mit freundlichen Gr=C3=BC=C3=9Fen
Ihre B=C3=A4ckerei L=C3=B6we
--=_krume
Content-Type: text/html; charset=UTF-8
Content-Transfer-Encoding: base64

${base64(`<!DOCTYPE html>
<html lang="de"><body style="font-family: sans-serif">
<p>Guten Tag, Herr Groß,</p>
<p>Ihre Bestellung liegt <b>morgen ab 7 Uhr</b> für Sie bereit:</p>
<table><tr><td>2 Roggenbrote</td><td>8,40 €</td></tr>
<tr><td>6 Hörnchen</td><td>6,60 €</td></tr></table>
<p>Bitte bezahlen Sie im Laden. Mit freundlichen Grüßen<br>Ihre Bäckerei Löwe</p>
</body></html>
`)}
--=_krume--
`;

export const orderRoute = [
  "Return-Path: <bestellung@baeckerei.example>",
  `Received: from mx2.post.example (mx2.post.example [192.0.2.26])
 by store.post.example with LMTP id 7fd2c1; Mon, 16 Nov 2026 08:14:09 +0000`,
  `Received: from mail.baeckerei.example (mail.baeckerei.example [198.51.100.7])
 (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384)
 by mx2.post.example with ESMTPS id 4D2kZx for <juergen.gross@post.example>;
 Mon, 16 Nov 2026 08:14:08 +0000`,
  `Received: from kasse.baeckerei.example (unknown [10.3.0.12])
 by mail.baeckerei.example with ESMTPSA id 99ac01; Mon, 16 Nov 2026 09:14:03 +0100`,
];

export const invoice = `From: =?UTF-8?Q?Steuerb=C3=BCro_Amsel_=26_Partner?= <rechnung@steuerbuero.example>
To: Nadia Vogel <nadia@vogel.example>
Subject: Rechnung 2026-0931
Date: Thu, 12 Nov 2026 14:05:38 +0100
Message-ID: <0931.af7@steuerbuero.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii
Content-Transfer-Encoding: 7bit

Sehr geehrte Frau Vogel,

fuer die Steuererklaerung 2025 berechnen wir 480,00 Euro.
Bitte ueberweisen Sie den Betrag bis zum 30. November auf das Konto

  IBAN  DE02 1203 0000 0000 2020 51
  Zweck Rechnung 2026-0931

Mit freundlichen Gruessen
Amsel & Partner
`;

export const invoiceRoute = [
  `Authentication-Results: mx.vogel.example; dkim=pass header.d=steuerbuero.example
 header.s=mail1; spf=pass smtp.mailfrom=steuerbuero.example`,
  `Received: from relay.hosting.example (relay.hosting.example [203.0.113.80])
 by mx.vogel.example with ESMTPS id 51b0aa for <nadia@vogel.example>;
 Thu, 12 Nov 2026 13:41:19 +0000`,
  `Received: from mail.steuerbuero.example (mail.steuerbuero.example [198.51.100.44])
 by relay.hosting.example with ESMTPS id 8e77; Thu, 12 Nov 2026 13:05:44 +0000`,
];

export const helpdesk = `From: IT Help Desk <helpdesk@firma.example>
To: All Staff <staff@firma.example>
Subject: Your mailbox is almost full - action needed today
Date: Wed, 18 Nov 2026 22:47:10 +0000
Message-ID: <c0ffee.18@bulkmailer.example>
MIME-Version: 1.0
Content-Type: text/html; charset=UTF-8
Content-Transfer-Encoding: 7bit

<html><body>
<p>Dear colleague,</p>
<p>Your mailbox has reached 98 % of its size. Please
<a href="https://firma.example.login.bulkmailer.example/">sign in</a>
within 24 hours to keep your messages.</p>
<p>Your IT Help Desk</p>
</body></html>
`;

export const helpdeskRoute = [
  `Received: from out7.bulkmailer.example (out7.bulkmailer.example [203.0.113.7])
 by mx.firma.example with ESMTPS id f00d07 for <staff@firma.example>;
 Wed, 18 Nov 2026 22:47:13 +0000`,
];

export const garden = `From: Rosa Feldmann <rosa@gartenfreunde.example>
To: Garden list <garden@lists.verein.example>
Subject: Seed swap next Saturday
Date: Sat, 14 Nov 2026 10:30:20 +0100
Message-ID: <20261114103020.4a@gartenfreunde.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii
Content-Transfer-Encoding: 7bit

Hello all,

I have far too many beans (the blue ones) and would like to swap them
for early peas. Is anybody coming to the swap next Saturday?

Rosa
`;

export const gardenFooter = `_______________________________________________
Garden mailing list
https://lists.verein.example/garden
`;

export const gardenListFields = [
  `Received: from mail.gartenfreunde.example (mail.gartenfreunde.example [198.51.100.19])
 by mx.verein.example with ESMTPS id 2b9d; Sat, 14 Nov 2026 09:30:25 +0000`,
  "List-Id: Garden mailing list <garden.lists.verein.example>",
  "List-Post: <mailto:garden@lists.verein.example>",
  "List-Unsubscribe: <mailto:garden-leave@lists.verein.example>",
  "Precedence: list",
];

export const gardenRoute = [
  `Received: from lists.verein.example (lists.verein.example [192.0.2.140])
 by mx2.post.example with ESMTPS id 77c1 for <juergen.gross@post.example>;
 Sat, 14 Nov 2026 09:31:12 +0000`,
];

export const ticket = `From: Tickets <noreply@tickets.example>
To: paula@post.example
Subject: Your ticket for Lohengrin, row 12
Date: Mon, 3 Nov 2025 18:19:58 +0100
Message-ID: <lohengrin.12.3@tickets.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="part-1f"

--part-1f
Content-Type: text/plain; charset=us-ascii

Dear Paula, your ticket is attached. Doors open at 18:30.

--part-1f
Content-Type: text/calendar; charset=us-ascii; name="lohengrin.ics"
Content-Disposition: attachment; filename="lohengrin.ics"

BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//tickets.example//EN
BEGIN:VEVENT
UID:12.3@tickets.example
DTSTAMP:20251103T171958Z
DTSTART:20251109T173000Z
SUMMARY:Lohengrin
END:VEVENT
END:VCALENDAR
--part-1f--
`;

export const ticketRoute = [
  `Received: from mta1.tickets.example (mta1.tickets.example [203.0.113.21])
 by mx1.post.example with ESMTPS id 0c1d for <paula@post.example>;
 Mon, 3 Nov 2025 17:20:02 +0000`,
];

export const news = `From: The Weekly Wire <editor@news.example>
To: paula@post.example
Subject: =?UTF-8?Q?This_week=3A_why_bridges_sing_=E2=80=93_and_other_stories?=
Date: Fri, 20 Nov 2026 05:00:00 +0000
Message-ID: <2026.47.paula@news.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: quoted-printable
List-Id: <weekly.news.example>
List-Unsubscribe: <https://news.example/u/77>
List-Unsubscribe-Post: List-Unsubscribe=One-Click

Good morning,

1. Why bridges sing =E2=80=93 the wind, the cables and a surprised engineer
2. A caf=C3=A9 that has been open since 1683
3. The letters column

https://news.example/2026/47
`;

export const newsRoute = [
  `Received: from send3.news.example (send3.news.example [198.51.100.90])
 by mx1.post.example with ESMTPS id 6ea4 for <paula@post.example>;
 Fri, 20 Nov 2026 05:00:12 +0000`,
];

export const backup = `From: Backup <root@oldserver.example>
To: admin@firma.example
Subject: [oldserver] backup finished
Date: Sat, 21 Nov 2026 03:15:02 +0100
Message-ID: <20261121021502.GA1882@oldserver.example>

Level 0 dump of /home finished, 41 GB in 57 minutes.
No errors.
`;

export const backupRoute = [
  `Received: from oldserver.example (oldserver.example [203.0.113.5])
 by mx.firma.example with ESMTP id 1882 for <admin@firma.example>;
 Sat, 21 Nov 2026 02:15:05 +0000`,
];

export const trip = `From: Reisen & Meer <service@reisen.example>
To: juergen.gross@post.example
Subject: Your booking R-20981
Date: Tue, 10 Nov 2026 12:02:50 +0100
Message-ID: <R-20981@reisen.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii
Content-Transfer-Encoding: 7bit

Dear Mr Gross,

your booking R-20981 (7 nights, half board) is confirmed.
We wish you a pleasant journey.

Reisen & Meer
`;

export const tripAppended = `
IMPORTANT: the hotel now wants a deposit of 300 euros. Please pay today:
https://reisen-zahlung.example/R-20981
`;

export const tripRoute = [
  `Received: from web.reisen.example (web.reisen.example [198.51.100.201])
 by mx2.post.example with ESMTPS id 90d1 for <juergen.gross@post.example>;
 Tue, 10 Nov 2026 11:03:15 +0000`,
];

export const chess = `From: Chess Club <board@chess.example>
To: members@chess.example
Subject: Round 4 is on Thursday
Date: Tue, 17 Nov 2026 19:39:57 +0100
Message-ID: <round4@chess.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii

The pairings hang in the hall. Clocks start at seven.
`;

export const chessRoute = [
  `Received: from m1.chess.example (m1.chess.example [192.0.2.64])
 by mx1.post.example with ESMTPS id 3ad0 for <paula@post.example>;
 Tue, 17 Nov 2026 18:38:40 +0000`,
];

export const library = `From: City Library <loans@library.example>
To: nadia@vogel.example
Subject: Two books are due on Monday
Date: Thu, 19 Nov 2026 08:00:29 +0100
Message-ID: <due.5521@library.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii

Dear reader,

please return or renew until Monday:

  The Periodic Table
  A Field Guide to Mosses
`;

export const libraryRoute = [
  `Received: from out.library.example (out.library.example [203.0.113.150])
 by mx.vogel.example with ESMTPS id aa03 for <nadia@vogel.example>;
 Thu, 19 Nov 2026 07:00:34 +0000`,
];
