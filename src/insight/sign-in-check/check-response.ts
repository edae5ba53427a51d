import { readDirectory } from '../../aws-api/account-access/directory-at.ts'
import { day } from '../../domain/duration.ts'
import type { AccountAssignments } from '../../domain/ports/account-assignments.ts'
import type { Directory } from '../../domain/ports/directory.ts'
import { compact } from '../../scim/json.ts'
import { excerpt } from '../../scim/text.ts'
import { type IdentityProvider, type SignInRuleId, signInRules } from './rules.ts'
import type { Assertion, SamlText } from './saml/documents.ts'
import type { CheckInput, Inspection } from './saml/inspect.ts'
import { runInspection } from './saml/run-inspection.ts'
import type { CertificateFacts } from './saml/signature.ts'
import { isAddress } from './user-name.ts'
import { findUserSignIn, type UserSignIn } from './users.ts'

export type CloudTrailOutcome = {
  readonly eventName: 'ExternalIdPDirectoryLogin'
  readonly outcome: 'Success' | 'Failure'
  readonly message?: string
}

/** The report on a response. Nothing is stored, and no user is signed in. */
export type ResponseCheck = {
  /** `rejected` if a rule of severity `error` failed; `unknown` if the signature or the user was not checked. */
  readonly outcome: 'accepted' | 'rejected' | 'unknown'
  readonly inspection: Inspection
  readonly results: readonly RuleResult[]
  readonly user?: UserSignIn
  readonly cloudTrail?: CloudTrailOutcome
  readonly page?: string
  readonly identityProvider?: IdentityProvider
}

type ResponseCheckDeps = {
  readonly directory: Directory
  readonly assignments: Pick<AccountAssignments, 'assignments'>
}

/** Checks a SAML response against AWS's rules and the users of a tenant. Throws `InputError`. */
export async function checkResponse(
  deps: ResponseCheckDeps,
  tenant: number,
  input: CheckInput & Expectations,
  signal?: AbortSignal,
): Promise<ResponseCheck> {
  const { response, metadata, certificate, ...expectations } = input
  const inspection = await runInspection({ response, ...compact({ metadata, certificate }) }, signal)
  const user = await findUser(deps, tenant, inspection)
  const results = inRuleOrder([
    ...checkInspection(inspection, expectations),
    nameIdMatches(inspection, user),
    userEnabled(inspection, user),
  ])
  const hasFailed = (rule: RuleResult['rule']) => hasResult(results, rule, 'failed')
  const outcome = outcomeOf(results)
  const provider = inspection.assertion?.issuer && identityProviderOf(inspection.assertion.issuer)
  return {
    outcome,
    inspection,
    results,
    ...(outcome !== 'unknown' && {
      cloudTrail: {
        eventName: 'ExternalIdPDirectoryLogin',
        outcome: outcome === 'rejected' ? 'Failure' : 'Success',
        ...(hasFailed('SI-001') && { message: 'Response contains invalid name id policy format' }),
      },
    }),
    ...compact({ user: user?.signIn, identityProvider: provider || undefined }),
    ...(hasFailed('SI-003') && { page: 'Looks like this code isn’t right' }),
  }
}

const hasResult = (
  results: readonly RuleResult[],
  rule: RuleResult['rule'],
  expected: RuleResult['result'],
): boolean => results.some(({ rule: id, result }) => id === rule && result === expected)

/** Without these, it is unknown which user the response would sign in. */
const decisive = ['SI-003', 'SI-005', 'SI-008'] as const

function outcomeOf(results: readonly RuleResult[]): ResponseCheck['outcome'] {
  const errors = signInRules.filter(({ severity }) => severity === 'error')
  if (errors.some(({ id }) => hasResult(results, id, 'failed'))) return 'rejected'
  return decisive.every(rule => hasResult(results, rule, 'passed')) ? 'accepted' : 'unknown'
}

const position = new Map<string, number>(signInRules.map(({ id }, at) => [id, at]))

const inRuleOrder = (results: readonly RuleResult[]): readonly RuleResult[] =>
  results.toSorted((one, other) => (position.get(one.rule) ?? 0) - (position.get(other.rule) ?? 0))

type NamedUser = { readonly signIn: UserSignIn; readonly isExact: boolean }

async function findUser(
  { directory, assignments }: ResponseCheckDeps,
  tenant: number,
  { assertion }: Inspection,
): Promise<NamedUser | undefined> {
  const name = assertion?.nameId?.text
  if (name === undefined || name === '') return undefined
  const id = await readDirectory(directory, tenant, undefined).findByName('User', name)
  const signIn = id === undefined ? undefined : await findUserSignIn({ directory, assignments }, tenant, id)
  return signIn && { signIn, isExact: signIn.identity.label === name }
}

function nameIdMatches({ assertion }: Inspection, user: NamedUser | undefined): RuleResult {
  const rule = 'SI-003'
  if (!assertion) return { rule, result: 'not-checked', detail: 'There is no NameID in signed content.' }
  const name = assertion.nameId?.text
  if (name === undefined) return { rule, result: 'failed', detail: 'The assertion has no NameID.' }
  if (!user) return { rule, result: 'failed', detail: `No user has the userName "${excerpt(name)}".` }
  const { label, status, id } = user.signIn.identity
  if (!user.isExact) {
    return { rule, result: 'failed', detail: `The userName is "${excerpt(label)}": the letter case differs.` }
  }
  return status === 'active' || status === 'disabled'
    ? { rule, result: 'passed', detail: `The user ${id} has this userName.` }
    : { rule, result: 'failed', detail: `The user ${id} had this userName and was deleted.` }
}

function userEnabled({ assertion }: Inspection, user: NamedUser | undefined): RuleResult {
  const rule = 'SI-005'
  if (!assertion) return { rule, result: 'not-checked', detail: 'There is no NameID in signed content.' }
  if (!user) return { rule, result: 'not-checked', detail: 'No user has this name.' }
  switch (user.signIn.identity.status) {
    case 'active':
      return { rule, result: 'passed', detail: 'The user is enabled.' }
    case 'disabled':
      return { rule, result: 'failed', detail: 'The user is disabled.' }
    default:
      return { rule, result: 'failed', detail: 'The user was deleted.' }
  }
}

const issuers: readonly (readonly [IdentityProvider, RegExp])[] = [
  ['entra', /^https:\/\/sts\.windows\.net\//],
  ['okta', /^https?:\/\/(www\.okta\.com|[^/]+\.okta(preview)?\.com)\//],
  ['google', /^https:\/\/accounts\.google\.com\//],
  ['ping', /^https:\/\/(auth\.pingone\.|[^/]*\.pingone\.)/],
  ['keycloak', /\/realms\/[^/]+$/],
  ['authentik', /authentik/i],
]

const identityProviderOf = (issuer: string): IdentityProvider | undefined =>
  issuers.find(([, form]) => form.test(issuer))?.[0]

type RuleResult = {
  readonly rule: SignInRuleId
  readonly result: 'passed' | 'failed' | 'not-checked'
  readonly detail: string
}

type Expectations = {
  /** Milliseconds since 1970, by the tenant's clock. */
  readonly now: number
  readonly acs?: string
  readonly audience?: string
}

type Outcome = Omit<RuleResult, 'rule'>

const passed = (detail: string): Outcome => ({ result: 'passed', detail })
const failed = (detail: string): Outcome => ({ result: 'failed', detail })
const notChecked = (detail: string): Outcome => ({ result: 'not-checked', detail })

type Subject = Inspection & Expectations

const quote = (text: string) => `"${excerpt(text)}"`

function unreadable({ assertions, encryptedAssertions, signature }: Subject): string {
  if (signature.kind !== 'valid') return 'Only signed content is read, and the signature was not verified.'
  if (assertions > 1) return 'The response contains several assertions.'
  if (encryptedAssertions > 0) return 'The assertion is encrypted.'
  return 'The response contains no assertion that is signed.'
}

const onAssertion =
  (check: (assertion: Assertion, subject: Subject) => Outcome) =>
  (subject: Subject): Outcome =>
    subject.assertion ? check(subject.assertion, subject) : notChecked(unreadable(subject))

const emailFormat = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress'

const nameIdFormat = onAssertion(({ nameId }) => {
  if (!nameId) return failed('The assertion has no NameID.')
  if (nameId.format === emailFormat) return passed('The format is emailAddress.')
  return failed(
    nameId.format === undefined ? 'The NameID has no format.' : `The format is ${quote(nameId.format)}.`,
  )
})

function textFault({ text, isPlain }: SamlText): string | undefined {
  if (!isPlain) return 'contains a comment or an element'
  if (text.trim() !== text) return 'begins or ends with white space'
  return isAddress(text) ? undefined : 'is not an email address'
}

const nameIdAddress = onAssertion(({ nameId }) => {
  if (!nameId) return failed('The assertion has no NameID.')
  const fault = textFault(nameId)
  return fault === undefined
    ? passed(`The NameID is ${quote(nameId.text)}.`)
    : failed(`The NameID ${quote(nameId.text)} ${fault}.`)
})

function oneAssertion({ assertions, encryptedAssertions, unsignedStatuses }: Subject): Outcome {
  const count = assertions + encryptedAssertions
  if (count === 1) return passed('The response contains one assertion.')
  const errors = unsignedStatuses.filter(status => status !== 'Success')
  const status = errors.length > 0 ? ` Its status is ${quote(errors.join(', '))}.` : ''
  return failed(`The response contains ${count === 0 ? 'no assertion' : `${count} assertions`}.${status}`)
}

const notEncrypted = ({ assertions, encryptedAssertions }: Subject): Outcome => {
  if (encryptedAssertions > 0) return failed('The assertion is encrypted.')
  return assertions > 0 ? passed('The assertion is not encrypted.') : notChecked('There is no assertion.')
}

const describe = ({ subject, sha256 }: CertificateFacts) =>
  `${quote(subject)} (SHA-256 ${sha256.slice(0, 16)}…)`

function signed({ signature, hasCertificates, metadata }: Subject): Outcome {
  switch (signature.kind) {
    case 'missing':
      return failed('Neither the response nor the assertion is signed.')
    case 'invalid':
      return failed(signature.reason)
    case 'unsupported':
      return notChecked(signature.reason)
    case 'valid': {
      const covered = `The ${signature.covers} is signed with the certificate ${describe(signature.certificate)}`
      if (signature.isGiven) return passed(`${covered}.`)
      if (hasCertificates) return failed(`${covered}, which is none of the identity provider’s certificates.`)
      return metadata === undefined || metadata === 'too-long'
        ? notChecked(
            `${covered}. To check whose it is, add the metadata or the certificate of the identity provider.`,
          )
        : failed(`${covered}, and the metadata contains no signing certificate.`)
    }
  }
}

const toTime = (milliseconds: number) => new Date(milliseconds).toISOString()

function certificateValid({ signature, now }: Subject): Outcome {
  if (signature.kind !== 'valid') return notChecked('No certificate verifies the signature.')
  const { notBefore, notAfter } = signature.certificate
  if (now < notBefore) return failed(`The certificate is valid from ${toTime(notBefore)}.`)
  if (now > notAfter) return failed(`The certificate expired at ${toTime(notAfter)}.`)
  const days = Math.floor((notAfter - now) / day)
  return passed(
    days <= 90
      ? `The certificate expires in ${days} ${days === 1 ? 'day' : 'days'}; AWS marks it yellow.`
      : `The certificate is valid until ${toTime(notAfter)}.`,
  )
}

const issuer = onAssertion(({ issuer }, { metadata, response }) => {
  if (issuer === undefined || issuer === '') return failed('The assertion has no issuer.')
  if (response?.issuer !== undefined && response.issuer !== issuer) {
    return failed(
      `The issuer of the response is ${quote(response.issuer)}, and that of the assertion ${quote(issuer)}.`,
    )
  }
  if (metadata === undefined || metadata === 'too-long') {
    return notChecked(
      `The issuer is ${quote(issuer)}. Add the metadata of the identity provider to compare it.`,
    )
  }
  if (metadata.entityId === undefined) return notChecked('The metadata has no entity ID.')
  return metadata.entityId === issuer
    ? passed(`The issuer is ${quote(issuer)}.`)
    : failed(`The issuer is ${quote(issuer)}, and the entity ID ${quote(metadata.entityId)}.`)
})

const audience = onAssertion(({ audiences }, { audience }) => {
  if (audiences.length === 0) return failed('The assertion has no audience.')
  const found = audiences.map(quote).join(', ')
  if (audience === undefined)
    return notChecked(`The audience is ${found}. Add the issuer URL of the instance to compare it.`)
  return audiences.includes(audience)
    ? passed(`The audience is ${found}.`)
    : failed(`The audience is ${found} instead of ${quote(audience)}.`)
})

const acsForm =
  /^https:\/\/[a-z0-9-]+\.(signin\.aws|sso\.signin\.aws|signin\.aws\.amazon\.com)\/platform\/saml\/acs\/[^/?#]+$/

const recipient = onAssertion(({ recipients }, { acs, response }) => {
  const [first, ...others] = recipients
  if (first === undefined) return failed('The subject confirmation has no Recipient.')
  const different = [...others, ...(response?.destination ? [response.destination] : [])].find(
    url => url !== first,
  )
  if (different !== undefined) {
    return failed(
      `Recipient is ${quote(first)}, and another recipient or the Destination ${quote(different)}.`,
    )
  }
  if (acs !== undefined) {
    return first === acs
      ? passed(`Recipient is ${quote(first)}.`)
      : failed(`Recipient is ${quote(first)} instead of ${quote(acs)}.`)
  }
  return notChecked(
    acsForm.test(first)
      ? `Recipient ${quote(first)} has the form of an ACS URL of AWS. Add yours to compare it.`
      : `Recipient ${quote(first)} does not have the form of an ACS URL of AWS. Add yours to compare it.`,
  )
})

const skew = 5 * 60 * 1000

const validity = onAssertion(({ notBefore, notOnOrAfter }, { now }) => {
  const invalid = [...notBefore, ...notOnOrAfter].find(time => Number.isNaN(Date.parse(time)))
  if (invalid !== undefined) return failed(`${quote(invalid)} is not a time.`)
  const starts = notBefore.map(Date.parse)
  const ends = notOnOrAfter.map(Date.parse)
  if (ends.length === 0) return failed('The assertion has no NotOnOrAfter.')
  const [start, end] = [Math.max(...starts), Math.min(...ends)]
  if (now < start - skew)
    return failed(`The assertion is valid from ${toTime(start)}; the tenant’s clock is ${toTime(now)}.`)
  if (now >= end + skew)
    return failed(`The assertion expired at ${toTime(end)}; the tenant’s clock is ${toTime(now)}.`)
  return passed(`The assertion is valid until ${toTime(end)}.`)
})

const accessControl = 'https://aws.amazon.com/SAML/Attributes/AccessControl:'
const maxAccessControl = 50
const nameFormat = /^urn:oasis:names:tc:SAML:2\.0:attrname-format:(unspecified|uri|basic)$/

const accessControlAttributes = onAssertion(({ attributes }) => {
  const found = attributes.filter(({ name }) => name.startsWith(accessControl))
  if (found.length === 0) return passed('The assertion has no attributes for access control.')
  if (found.length > maxAccessControl)
    return failed(`The assertion has ${found.length} attributes for access control.`)
  const names = found.map(({ name }) => name)
  for (const { name, format, values } of found) {
    const key = quote(name.slice(accessControl.length))
    if (names.filter(other => other === name).length > 1)
      return failed(`The attribute ${key} occurs several times.`)
    if (values.length !== 1) return failed(`The attribute ${key} has ${values.length} values.`)
    if (!values[0]?.isPlain) return failed(`The value of the attribute ${key} contains XML.`)
    if (format !== undefined && !nameFormat.test(format))
      return failed(`The attribute ${key} has the name format ${quote(format)}.`)
  }
  return passed(`Attributes for access control: ${found.length}.`)
})

/** Quota of IAM Identity Center. */
const maxCertificateCharacters = 2_500

function providerMetadata({ metadata }: Subject): Outcome {
  if (metadata === undefined) return notChecked('No metadata was given.')
  if (metadata === 'too-long') return failed('The metadata has more than 75,000 characters.')
  const lacks = [
    ...(metadata.entityId ? [] : ['entity ID']),
    ...(metadata.certificates.length > 0 ? [] : ['signing certificate']),
    ...(metadata.signInUrls.length > 0 ? [] : ['sign-in URL']),
  ]
  if (lacks.length > 0) return failed(`The metadata lacks: ${lacks.join(', ')}.`)
  if (metadata.longestCertificate > maxCertificateCharacters)
    return failed(
      `A certificate in the metadata has ${metadata.longestCertificate} characters; AWS accepts 2,500.`,
    )
  if (metadata.wantsSignedRequests)
    return failed('The identity provider requires signed requests, and AWS signs none.')
  return passed('The metadata has an entity ID, a signing certificate and a sign-in URL.')
}

const plusSign = onAssertion(({ nameId }) => {
  if (!nameId?.text.includes('+')) return passed('The address contains no +.')
  return nameId.format === emailFormat
    ? passed('The address contains +, and the format is emailAddress.')
    : failed('The address contains +, and the format is not emailAddress.')
})

const checks: readonly (readonly [SignInRuleId, (subject: Subject) => Outcome])[] = [
  ['SI-001', nameIdFormat],
  ['SI-002', nameIdAddress],
  ['SI-006', oneAssertion],
  ['SI-007', notEncrypted],
  ['SI-008', signed],
  ['SI-009', certificateValid],
  ['SI-010', issuer],
  ['SI-011', audience],
  ['SI-012', recipient],
  ['SI-013', validity],
  ['SI-014', accessControlAttributes],
  ['SI-015', providerMetadata],
  ['SI-017', plusSign],
]

const checkInspection = (inspection: Inspection, expectations: Expectations): readonly RuleResult[] =>
  checks.map(([rule, check]) => ({ rule, ...check({ ...inspection, ...expectations }) }))
