import t from 'tap'
import type { Check } from '../../scim-compliance/check.ts'
import { checks } from '../../scim-compliance/checks/catalog.ts'

const textsOf = ({ description, rationale, remedy, consequence }: Check): string =>
  [description, rationale, remedy, consequence?.summary ?? ''].join('\n')

/** Claims about clients that are wrong or unknown. */
const untrue: readonly (readonly [truth: string, claim: RegExp])[] = [
  ['Entra takes 200, 201 and 204 for success', /Entra[^.]*take 201 alone/],
  ['a 409 is EntryConflict and escrow, no link', /link[^.]* after a 409/],
  ['"False" is Entra’s default dialect', /Entra’s older/],
  ['both of Entra’s dialects disable with a path', /Entra ID disable people/],
  [
    'administrators add the flag, and it is unknown whether it is forwarded',
    /Entra adds \?|it reaches the server/,
  ],
  ['Entra doesn’t page in its cycles', /Entra and Okta page/],
  ['Entra filters lists, and not resources', /Entra asks in this way/],
  ['Entra reads before it writes', /each full cycle|next full cycle/],
  ['a user restored in Entra is enabled under the same ID', /restored in Entra/],
  ['AWS is a server; its clients ask', /Entra ID and AWS ask|Entra and AWS refuse/],
  ['Entra omits what is empty, and never sends null today', /Entra[^.]* sends? null/],
  ['a text names the rejected request', /; they are refused/],
]

t.test('no text contains a wrong claim about a client', async t => {
  for (const [truth, claim] of untrue)
    t.same(
      checks.filter(check => claim.test(textsOf(check))).map(({ id }) => id),
      [],
      truth,
    )
})

t.test('only checks of groups mention members of groups', async t => {
  const others = checks.filter(({ id }) => /^rfc\/advertised\/.*-(users|own)$/.test(id))
  t.same(
    others.filter(check => /Entra excludes members/.test(textsOf(check))).map(({ id }) => id),
    [],
  )
})

/** Archaic words, indefinite persons and personified servers. A description states a requirement, subject first. */
const poorWords =
  /\b(mend\w*|spoil\w*|errand|shelf|amidst|whoever|sought|departed|nobody|somebody|everybody|anybody|whom|(is|are) (told|shown|looked (at|for)|put up with)|answers|answered|refuse[sd]?|look-?ups?)\b/i

t.test('texts use the words of the field', async t => {
  const found = checks.filter(check =>
    poorWords.test(textsOf(check).replace(/"[^"]*"|\b(rfc|aws|entra)\/\S+/g, '')),
  )
  t.same(
    found.map(check => `${check.id}: ${poorWords.exec(textsOf(check))?.[0]}`),
    [],
  )
})

t.test('a description states what the server does, in the present tense', async t => {
  const poor = checks.filter(({ description }) => /\b(must|should|shall|will|would)\b/i.test(description))
  t.same(
    poor.map(({ id, description }) => `${id}: ${description}`),
    [],
  )
})
