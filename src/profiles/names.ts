export const profileTitles = {
  aws: 'AWS IAM Identity Center',
  entra: 'Lenient server (Entra-compatible)',
  rfc: 'Strict RFC server',
  interop: 'Interoperability Profile (draft)',
} as const

export type ProfileName = keyof typeof profileTitles

export const profileNames = Object.keys(profileTitles) as [ProfileName, ...ProfileName[]]

export const switchTopics = ['attributes', 'members', 'lists', 'responses', 'aws-apis'] as const

export type SwitchTopic = (typeof switchTopics)[number]
