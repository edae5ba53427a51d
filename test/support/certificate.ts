/** A self-signed certificate of the name "m", which no client trusts. */
export const certificate =
  'MIIBLjCB4aADAgECAhQllUyGf8cnLIheL4lc+t/ynj9TozAFBgMrZXAwDDEKMAgGA1UEAwwBbTAgFw0yNjExMjQxNzMwMzBaGA8y' +
  'MTI2MTAzMTE3MzAzMFowDDEKMAgGA1UEAwwBbTAqMAUGAytlcAMhAFOJmYf1Ip9mMvsDTRDFXhO9myAKJAAv2XGgY9sAzculo1Mw' +
  'UTAdBgNVHQ4EFgQUbzxkKJsOrbi4vDeZe0bElsZD2+wwHwYDVR0jBBgwFoAUbzxkKJsOrbi4vDeZe0bElsZD2+wwDwYDVR0TAQH/' +
  'BAUwAwEB/zAFBgMrZXADQQB+nPIH8EGKKcGOapVePogLk0qumJmpGzZ+TJ6Ra2HKgSW2+Ls/4IBYIf5+A7EmP8uDvmVKNmrG2Iob' +
  'F0aJoDoI'
