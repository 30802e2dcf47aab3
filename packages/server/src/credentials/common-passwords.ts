// Common passwords of eight or more characters, which are not accepted (NIST SP 800-63B §5.1.1.2).

export const commonPasswords: ReadonlySet<string> = new Set(
  `00000000 0123456789 11111111 11223344 12121212 12341234 123123123 1234567890 123456789 12345678 1234567a 1234qwer
  123qwe123 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 22222222 55555555 66666666 77777777 87654321 88888888 987654321 9876543210
  99999999 a1234567 a12345678 a123456789 aa123456 aaaaaaaa abc12345 abcd1234 abcdefgh access14 admin123 admin1234
  administrator asdasdasd asdf1234 asdfasdf asdfghjk asdfghjkl baseball basketball bismillah changeme charlie1
  chocolate computer corvette danielle dragon123 einstein elephant fernando football footballer geheim123 hallo123
  hello123 iloveyou iloveyou1 internet jennifer jonathan killer123 kennwort letmein1 letmein123 liverpool lovelove
  maverick mercedes metallica michelle midnight monkey123 mustang1 nicholas p@ssw0rd p@ssword passw0rd passwort
  password password! password01 password1 password12 password123 password1234 princess princess1 q1w2e3r4 qazwsxedc
  qwer1234 qwerasdf qwert123 qwerty12 qwerty123 qwerty1234 qwertyui qwertyuiop qwertzui qwertzuiop samantha secret123
  security slipknot spiderman starwars steelers summer2024 summer2025 sunshine superman superstar target123 trustno1
  victoria welcome1 welcome123 whatever willkommen zaq12wsx zxcvbnm1 zxcvbnm123`.split(/\s+/),
);
