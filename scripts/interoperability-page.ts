import { patchRules, sentPatchRules } from '../src/profiles/interop/rules.ts'
import { statements } from '../src/profiles/interop/statements.ts'
import type { Statement } from '../src/profiles/profile.ts'
import { table } from './markdown-table.ts'

const profile = 'https://datatracker.ietf.org/doc/html/draft-zollner-scim-interop-profile'
const ipsie = 'https://openid.net/specs/ipsie-al-scim-profile-1_0.html'

const link = ({ source }: Statement) => {
  const section = source.split('#section-')[1]
  return `[${source.startsWith(ipsie) ? 'IPSIE' : 'Profile'} §${section}](${source})`
}

const statementTable = (rows: readonly Statement[]) =>
  table(
    ['ID', 'decision', 'section'],
    rows.map(one => [`\`${one.id}\``, one.description, link(one)]),
  )

/** Each contradiction, the sections that state it, and what the profile `interop` does. */
const contradictions: readonly (readonly [contradiction: string, sections: string, choice: string])[] = [
  [
    'A `replace` of a complex attribute removes omitted sub-attributes. RFC 7644 keeps them.',
    'Profile §6.5.2, RFC 7644 §3.5.2.3',
    'removes them',
  ],
  [
    'A path with a value filter must name a sub-attribute. The example of RFC 7644 removes a member by `members[value eq "…"]`, and a sub-attribute of a member is immutable, so no path removes one member. IPSIE requires 50 removals of members in one request.',
    'Profile §6.5.2, RFC 7644 §3.5.2.2, RFC 7643 §8.7.1, IPSIE §6.2.6',
    'removes the values that an operation lists: `path: members` with `value: [{ "value": "…" }]`',
  ],
  [
    'Clients authenticate with a JWT, which RFC 7523 has them send in the body, and no credential may be in the body. They authenticate with HTTP Basic, which RFC 7523 does not use and the profile discourages.',
    'IPSIE §4.1, RFC 7523 §2.2, Profile §7.2',
    'accepts a JWT in the body, as RFC 7523 does, and Basic',
  ],
  [
    'Servers support the filters `emails[value eq …]` and `members[value eq …]`. Clients use `eq` and `and` only; the profile does not mention filters on values.',
    'IPSIE §5.4 and §6.2.5, Profile §6.3',
    'supports them',
  ],
  [
    'Undeclared attributes and operations without a path are rejected, which RFC 7644 allows servers to ignore and defines. Entra ID, Okta and Keycloak send them.',
    'Profile §5.3 and §6.5.1, RFC 7644 §3.1 and §3.5.2',
    'rejects them',
  ],
  [
    'Bulk requests are optional. IPSIE, which requires the profile, requires them, and names RFC 7643 as their source.',
    'Profile §6.8, IPSIE §4.3, RFC 7644 §3.7',
    'supports them',
  ],
  ['Deletion is optional. The statement of compliance requires it.', 'IPSIE §5.2, IPSIE §10', 'supports it'],
]

/** docs/interoperability.md, generated from the profile. */
export const interoperabilityPage = `# Interoperability

Two drafts narrow what RFC 7643 and RFC 7644 leave open: the [SCIM 2.0 Interoperability Profile](${profile}) and OpenID's
[IPSIE profile for account lifecycles](${ipsie}), which requires the first. Both will change. This page is
about version 02 of the profile, of 2 November 2026, and draft 00 of IPSIE, of September 2026. \`npm run docs\` generates it from
\`src/profiles/interop\`.

## The \`interop\` profile

A tenant with the profile \`interop\` accepts what the drafts allow. It is the [\`rfc\` profile](rfc-profile.md), with the same limits
and switches, except for what this page lists.

    scimulator tenants create --profile interop

These rules reject requests with 400. The journal shows the ID of the rule.

${statementTable([...sentPatchRules, ...patchRules])}

Other differences from \`rfc\`:

${statementTable(statements)}

## Contradictions

The drafts contradict the RFCs, each other or themselves in these places. The last column says what \`interop\` does.

${table(['contradiction', 'sections', '`interop`'], contradictions)}
`
