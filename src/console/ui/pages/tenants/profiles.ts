/** Whose SCIM a tenant can speak, in words. */
export const profileWords: Readonly<Record<string, string>> = {
  aws: 'AWS IAM Identity Center',
  entra: 'a server that follows Entra’s wishes',
  rfc: 'the RFCs to the letter',
}

export const onDeleteWords: Readonly<Record<string, string>> = {
  retain: 'a disabled record, until it is purged',
  remove: 'nothing but history',
}

export const throttleWords: Readonly<Record<string, string>> = {
  off: 'never',
  aws: '429 over 25 writes or 40 reads a second, as AWS',
}
