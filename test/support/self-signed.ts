import type { Tls } from '../../src/server/listeners.ts'

/** A key for tests only, and its self-signed certificate for "localhost", which no client trusts. */
export const selfSigned: Tls = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBPjCB8aADAgECAhQ3VpvEutmeJgowyVNdjPMM7q3I5DAFBgMrZXAwFDESMBAG
A1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNjA5NTY1MFoYDzIxMjYxMTAyMDk1NjUw
WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwKjAFBgMrZXADIQDbT2RaOYAfIS99kRs5
POjHZ04g55u9NPgdYh2w4lKG86NTMFEwHQYDVR0OBBYEFPUlwsUIEkZTYTWqASP6
AHQ0bEdUMB8GA1UdIwQYMBaAFPUlwsUIEkZTYTWqASP6AHQ0bEdUMA8GA1UdEwEB
/wQFMAMBAf8wBQYDK2VwA0EAXYt4EPb9PGHT7UdsFRLEfB7qZ72rs4NtOBJFu8Fh
zz1eAovKn9SG5qnInz3xvr1aZtrNc1hEP25uTvXWl2QdCA==
-----END CERTIFICATE-----`,
  key: `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIEYOWBkNUPk6TqgUGeZeNhb4eMJr9DPzjohiu4ZaCX5E
-----END PRIVATE KEY-----`,
}
