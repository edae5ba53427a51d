import { readFileSync } from 'node:fs'
import { checks } from '../scim-compliance/checks/catalog.ts'
import { patchRules, sentPatchRules } from '../src/profiles/interop/rules.ts'
import { statements } from '../src/profiles/interop/statements.ts'
import type { Statement } from '../src/profiles/profile.ts'
import { table } from './markdown-table.ts'
import { type MeasuredServer, readMeasured } from './prove/measured.ts'

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

const measured = readMeasured()

const draftChecks = checks
  .flatMap(({ id, level, description, draft }) => (draft ? [{ id, level, description, draft }] : []))
  .toSorted((one, other) => rank(one.draft.rule) - rank(other.draft.rule))

/** IP-01 to IP-35, AL-A01 to AL-A08, AL-101 to AL-207. */
function rank(rule: string): number {
  const [, suite, number = ''] = /^(IP|AL)-(.+)$/.exec(rule) ?? []
  return (suite === 'IP' ? 0 : 1000) + (number.startsWith('A') ? Number(number.slice(1)) : Number(number))
}

function resultOf(
  { passed, failed, skipped }: MeasuredServer,
  { id, level }: (typeof draftChecks)[number],
): string {
  if (failed.includes(id)) return level === 'MAY' ? 'note' : 'no'
  if (passed.includes(id)) return 'yes'
  return skipped.includes(id) ? '–' : 'not measured'
}

const serverTable = table(
  ['rule', 'section', 'level', 'check', ...measured.servers.map(({ name }) => name)],
  draftChecks.map(check => [
    check.draft.rule,
    `§${check.draft.section}`,
    check.level,
    check.description,
    ...measured.servers.map(server => resultOf(server, check)),
  ]),
)

type Reasons = Readonly<Record<string, readonly { readonly rule: string; readonly reason: string }[]>>

const reasons: Reasons = JSON.parse(
  readFileSync(new URL('../test/compliance/draft-failures.json', import.meta.url), 'utf8'),
)

const reasonTable = table(
  ['profile', 'rule', 'reason'],
  Object.entries(reasons).flatMap(([profile, rows]) =>
    rows.map(({ rule, reason }) => [`\`${profile}\``, rule, reason]),
  ),
)

const clientTable = table(
  ['rule', 'section', 'a client', ...measured.clients.map(({ name }) => name)],
  measured.clientRules.map(({ id, section, rule }) => [
    id,
    `§${section}`,
    rule,
    ...measured.clients.map(({ breaks, notSeen }) =>
      breaks.includes(id) ? 'no' : notSeen.includes(id) ? '–' : 'yes',
    ),
  ]),
)

const refusedTable = table(
  ['client', 'request', 'rule or `scimType`', '`detail`', 'times'],
  measured.clients.flatMap(({ name, refused }) =>
    refused.map(({ request, because, detail, times }) => [
      name,
      request,
      `\`${because}\``,
      detail,
      `${times}`,
    ]),
  ),
)

const refusedNothing = measured.clients.filter(({ refused }) => refused.length === 0).map(({ name }) => name)

/** docs/interoperability.md, generated from the profile and from what was measured. */
export const interoperabilityPage = `# Interoperability

Two drafts narrow what RFC 7643 and RFC 7644 leave open: the [SCIM 2.0 Interoperability Profile](${profile}) and OpenID's
[IPSIE profile for account lifecycles](${ipsie}), which requires the first. Both will change. This page is
about version 02 of the profile, of 2 November 2026, and draft 00 of IPSIE, of September 2026. \`npm run docs\` generates it from
\`src/profiles/interop\`, and from what \`npm run prove -- interoperability\` measured on ${measured.date}.

## The \`interop\` profile

A tenant with the profile \`interop\` accepts what the drafts allow. It is the [\`rfc\` profile](rfc-profile.md), with the same limits
and switches, except for what this page lists.

    scimulator tenants create --profile interop

These rules reject requests with 400. The journal shows the ID of the rule.

${statementTable([...sentPatchRules, ...patchRules])}

Other differences from \`rfc\`:

${statementTable(statements)}

## Servers

\`scimulator check URL --as interop,ipsie\` runs these checks ([Compliance](compliance.md)). Rules with IP- are of the profile, rules
with AL- of IPSIE. **–**: not checked, because it follows from another failure, or needs TLS, credentials or \`--load\`. A **note** is
not counted: the draft allows it.

${serverTable}

The profiles \`aws\`, \`entra\` and \`rfc\` emulate servers that do not follow the drafts:

${reasonTable}

## Clients

The [simulated](entra-simulator.md) clients were played against a server that accepts all: each provisions two users and a group,
then renames and disables a user, removes a member and renames the group. **–**: no request was about the rule.

${clientTable}

The profile \`interop\` rejects these of their requests with 400, so what they change does not arrive:

${refusedTable}
${refusedNothing.length === 0 ? '' : `\n${refusedNothing.join(', ')}: nothing was rejected.\n`}
## Contradictions

The drafts contradict the RFCs, each other or themselves in these places. The last column says what \`interop\` does.

${table(['contradiction', 'sections', '`interop`'], contradictions)}
`
