/** Both are drafts: version 02 of 2 November 2026 of the first, and 00 of September 2026 of the second. */
const profile = 'https://datatracker.ietf.org/doc/html/draft-zollner-scim-interop-profile'
const ipsie = 'https://openid.net/specs/ipsie-al-scim-profile-1_0.html'

export const sources = {
  conformance: `${profile}#section-4`,
  discovery: `${profile}#section-5.1`,
  declared: `${profile}#section-5.3`,
  typeValues: `${profile}#section-5.4`,
  mediaType: `${profile}#section-6.2`,
  paths: `${profile}#section-6.5.1`,
  attributes: `${profile}#section-6.5.2`,
  conditions: `${profile}#section-6.7`,
  limits: `${ipsie}#section-4.3`,
  credentials: `${ipsie}#section-6.1.2`,
  groupNames: `${ipsie}#section-6.2.1`,
} as const
