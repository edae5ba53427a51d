import t from 'tap'
import { vendorRemedies } from '../../../../src/domain/identity-providers/remedies.ts'
import type { Finding } from '../../../../src/domain/ports/analysis.ts'
import type { MembershipEvent } from '../../../../src/domain/ports/directory.ts'
import type { Refusal } from '../../../../src/domain/tenants/tenant.ts'
import { createDiagnoser, findingKinds } from '../../../../src/insight/analysis/diagnosis/diagnose.ts'
import { textsFor } from '../../../../src/insight/analysis/diagnosis/finding-texts.ts'
import type { DirectWrite } from '../../../../src/insight/analysis/diagnosis/subject.ts'
import { loadProfile } from '../../../../src/profiles/registry.ts'
import { groupType, userType } from '../../../../src/scim/core-schemas.ts'
import type { Difference } from '../../../../src/scim/differences.ts'
import type { Evidence, Product } from '../../../../src/scim/recognition/products.ts'
import { toResourceId } from '../../../../src/scim/resource.ts'
import { patchOp } from '../../../support/scim.ts'
import {
  enterprise,
  group,
  groupPatch,
  id,
  lookUp,
  objectId,
  of,
  patch,
  refused,
  type Sample,
  user,
  withoutTarget,
} from './diagnose-samples.ts'

/** A request with a finding, and a similar one without it. Of several exchanges the last one counts. */
type Pair = { readonly has: Sample | readonly Sample[]; readonly hasNot: Sample | readonly Sample[] }

const unresolvedIds = new Set(['gone'])
const lostAssignments = [{ formerId: 'gone', account: '111122223333', permissionSet: 'Reader' }]
const title = { op: 'replace', path: 'title', value: 'Clerk' }
const rejection = (refusal: Refusal): Pair => ({
  has: withoutTarget({ method: 'GET', status: 401, operation: 'rejected', refusal }),
  hasNot: of({ method: 'GET', status: 200 }),
})

const clientPairs: Readonly<Record<string, Pair>> = {
  'client/no-external-id': { has: user({ externalId: undefined }), hasNot: user({ EXTERNALID: objectId }) },
  'client/mail-nickname-as-external-id': {
    has: user({ externalId: 'msimpson' }),
    hasNot: user({ externalId: '1003' }),
  },
  'client/assignments-lost': {
    has: user({}, { lostAssignments }),
    hasNot: user({}, { lostAssignments: [] }),
  },
  'client/no-user-name': { has: user({ userName: undefined }), hasNot: user({ UserName: 'marge' }) },
  'client/guest-user-name': {
    has: user({ userName: 'ned_flanders.example#EXT#@springfield.example' }),
    hasNot: user({ userName: 'ned_flanders.example@springfield.example' }),
  },
  'client/user-name-is-not-email': {
    has: user({ userName: 'msimpson@springfield.example' }),
    hasNot: user({ userName: 'Marge@springfield.example' }),
  },
  'client/no-given-name': {
    has: user({ name: { familyName: 'Simpson', givenName: '' } }),
    hasNot: user({ name: { familyName: 'Simpson', GivenName: 'Marge' } }),
  },
  'client/no-family-name': {
    has: user({ name: { givenName: 'Marge', familyName: null } }),
    hasNot: patch({ op: 'replace', path: 'name.givenName', value: 'Marge' }),
  },
  'client/no-display-name': { has: group({ displayName: undefined }), hasNot: group() },
  'client/no-email': { has: user({ emails: [] }), hasNot: group() },
  'client/several-emails': {
    has: user({
      emails: [
        { value: 'marge@springfield.example', type: 'work', primary: true },
        { value: 'b@springfield.example' },
      ],
    }),
    hasNot: patch({ op: 'Replace', path: 'emails[type eq "work"].value', value: 'a@springfield.example' })
      .exchange
      ? user()
      : user(),
  },
  'client/active-as-text': {
    has: user({ active: 'True' }),
    hasNot: patch({ op: 'replace', path: 'active', value: false }),
  },
  'client/dropped-by-aws': {
    has: user({ photos: [{ value: 'https://springfield.example/marge.png' }] }),
    hasNot: user({
      photos: [],
      [enterprise]: { department: 'Safety', manager: { value: id, displayName: 'Waylon' } },
    }),
  },
  'client/name-characters': {
    has: user({ displayName: 'Simpson; Marge' }),
    hasNot: user({ title: 'Clerk; Sector 7' }),
  },
  'client/unresolved-member': {
    has: groupPatch([{ op: 'add', path: 'members', value: [{ value: id }, { value: 'gone' }] }], {
      unresolvedIds,
    }),
    hasNot: groupPatch([{ op: 'remove', path: 'members[value eq "gone"]' }], { unresolvedIds }),
  },
  'client/unresolved-manager': {
    has: user({ [enterprise]: { manager: 'gone' } }, { unresolvedIds }),
    hasNot: user({ [enterprise]: { manager: { value: id } } }, { unresolvedIds }),
  },
  'client/capitalised-operations': { has: patch({ ...title, op: 'Replace' }), hasNot: patch(title) },
  'client/removal-by-value': {
    has: groupPatch([{ op: 'remove', path: 'members', value: [{ value: id }] }]),
    hasNot: groupPatch([{ op: 'remove', path: `members[value eq "${id}"]` }]),
  },
  'client/dotted-names': {
    has: patch({ op: 'replace', value: { 'name.givenName': 'Marge', displayName: 'Marge' } }),
    hasNot: patch({
      op: 'replace',
      value: { name: { givenName: 'Marge' }, [`${enterprise}:department`]: 'Safety' },
    }),
  },
  'client/manager-as-text': {
    has: patch({ op: 'add', path: `${enterprise}:manager`, value: id }),
    hasNot: patch({ op: 'add', path: `${enterprise}:manager`, value: { value: id } }),
  },
  'client/same-patch-again': {
    has: [patch(title), patch(title), patch(title)],
    hasNot: [patch(title), patch(title), patch({ ...title, value: 'Boss' }), patch(title)],
  },
  'client/probe-not-empty': {
    has: lookUp('userName', objectId, 3),
    hasNot: lookUp('userName', objectId, 0),
  },
  'client/several-matches': {
    has: lookUp('emails[type+eq+%22work%22].value', 'marge@springfield.example', 2),
    hasNot: lookUp('groups.value', id, 2),
  },
  'client/missing-resource': {
    has: of({ method: 'GET', status: 404, target: { type: 'User', id } }),
    hasNot: of({ method: 'DELETE', status: 404, target: { type: 'User', id } }),
  },
  'client/wrong-address': {
    has: withoutTarget({
      method: 'GET',
      status: 404,
      operation: 'unknown-address',
      url: '/acme/scim/Users?x',
    }),
    hasNot: withoutTarget({ method: 'GET', status: 404, operation: 'unsupported' }),
  },
  'client/duplicate': {
    has: of({ status: 409, responseBody: { detail: 'Another User already has this userName.' } }),
    hasNot: of({ status: 412 }),
  },
  'client/refused': {
    has: of({ status: 400, responseBody: { detail: 'Operations[0].value must be an object.' } }),
    hasNot: {
      ...of({ status: 400 }),
      aws: { ...refused(400, 'Not so.', 'aws/filters'), isTenantProfile: true },
    },
  },
  'client/throttled': { has: of({ status: 429 }), hasNot: of({ status: 428 }) },
  'client/server-error': { has: of({ status: 503 }), hasNot: of({ status: 501 }) },
  'client/token-missing': rejection('missing'),
  'client/token-unknown': rejection('unknown'),
  'client/token-expired': rejection('expired'),
  'client/token-deleted': rejection('deleted'),
  'client/token-other-tenant': rejection('other-tenant'),
  'client/token-read-only': rejection('read-only'),
  'client/jwt-not-offered': rejection('not-offered'),
  'client/jwt-malformed': rejection('malformed'),
  'client/jwt-unknown-issuer': rejection('unknown-issuer'),
  'client/jwt-wrong-audience': rejection('wrong-audience'),
  'client/jwt-wrong-caller': rejection('wrong-caller'),
  'client/jwt-bad-signature': rejection('bad-signature'),
  'client/jwt-unknown-key': rejection('unknown-key'),
  'client/jwt-weak-algorithm': rejection('weak-algorithm'),
  'client/jwt-not-yet-valid': rejection('not-yet-valid'),
  'client/jwt-keys-unreachable': rejection('keys-unreachable'),
  'client/jwt-ambiguous': rejection('ambiguous'),
  'client/jwt-insufficient-scope': rejection('insufficient-scope'),
  'client/secret-token-empty': {
    has: of({
      status: 401,
      refusal: 'not-offered',
      credential: {
        kind: 'jwt',
        jwt: { header: {}, claims: { appid: '00000014-0000-0000-c000-000000000000' } },
      },
    }),
    hasNot: of({
      status: 401,
      refusal: 'not-offered',
      credential: { kind: 'jwt', jwt: { header: {}, claims: { appid: 'another-client' } } },
    }),
  },
}

const credential = { kind: 'client', client: 'client_a', name: 'Entra ID', accessToken: 'one' } as const

/** A request to the token endpoint. */
const tokenRequest = (
  changes: Parameters<typeof of>[0] = {},
  rest: Parameters<typeof of>[1] = {},
): Sample => {
  const { target: _, ...exchange } = of({
    url: '/acme/oauth2/token',
    status: 200,
    operation: 'token',
    action: 'get an access token',
    credential,
    responseBody: { access_token: '***', token_type: 'Bearer', expires_in: 3600 },
    ...changes,
  }).exchange
  return { exchange, ...rest }
}
/** A token request with Basic credentials and this form. */
const withRequest = (body: string): Sample => {
  const { exchange, ...rest } = tokenRequest()
  return { ...rest, exchange: { ...exchange, request: { headers: { authorization: 'Basic …' }, body } } }
}
/** A request with an access token of the token endpoint. */
const withAccessToken = (changes: Parameters<typeof of>[0] = {}): Sample =>
  of({ method: 'GET', status: 200, credential, ...changes })

const clientRejection = (refusal: Refusal): Pair => ({
  has: tokenRequest({ status: 401, refusal, responseBody: { error: 'invalid_client' } }),
  hasNot: withoutTarget({ method: 'GET', status: 401, operation: 'rejected', refusal }),
})
const accessTokenRejection = (refusal: Refusal): Pair => ({
  has: withAccessToken({ status: refusal === 'read-only' ? 403 : 401, refusal }),
  hasNot: withoutTarget({ method: 'GET', status: 401, operation: 'rejected', refusal }),
})
const expired = withAccessToken({ status: 401, operation: 'rejected', refusal: 'expired' })
const again = (sample: Sample): Sample => ({
  ...sample,
  exchange: { ...sample.exchange, id: crypto.randomUUID() },
})
const requests = (count: number, ...between: readonly Sample[]) =>
  Array.from({ length: count }, () => [again(tokenRequest()), ...between.map(again)]).flat()

const tokenPairs: Readonly<Record<string, Pair>> = {
  'client/token-request-missing': clientRejection('missing'),
  'client/token-request-unknown': clientRejection('unknown'),
  'client/token-request-wrong-secret': clientRejection('wrong-secret'),
  'client/token-request-expired': clientRejection('expired'),
  'client/token-request-deleted': clientRejection('deleted'),
  'client/token-request-malformed': clientRejection('malformed'),
  'client/token-request-not-offered': clientRejection('not-offered'),
  'client/access-token-deleted': accessTokenRejection('deleted'),
  'client/access-token-other-tenant': accessTokenRejection('other-tenant'),
  'client/access-token-not-offered': accessTokenRejection('not-offered'),
  'client/access-token-read-only': accessTokenRejection('read-only'),
  'client/token-request-invalid': {
    has: tokenRequest({ status: 400, responseBody: { error: 'invalid_request', error_description: 'No.' } }),
    hasNot: tokenRequest(),
  },
  'client/token-request-repeated-secret': {
    has: withRequest('grant_type=client_credentials&client_id=ci&client_secret=***'),
    hasNot: withRequest('grant_type=client_credentials&client_id=ci'),
  },
  'client/access-token-expired': {
    has: [expired, again(expired)],
    hasNot: [expired, again(tokenRequest()), again(expired)],
  },
  'client/token-per-request': {
    has: [...requests(4, withAccessToken()), again(tokenRequest())],
    hasNot: [...requests(6, withAccessToken(), withAccessToken()), again(tokenRequest())],
  },
  'client/shared-token': {
    has: user({}, { client: { product: 'google', evidence: 'named' }, sharedWith: 'okta' }),
    hasNot: user({}, { client: { product: 'google', evidence: 'named' } }),
  },
  'client/token-lifetime': {
    has: tokenRequest({ responseBody: { expires_in: 60 } }),
    hasNot: tokenRequest({ responseBody: { expires_in: 21_600 } }),
  },
  'client/secret-expires': {
    has: tokenRequest({}, { secretExpires: 89 * 24 * 60 * 60 * 1000 }),
    hasNot: tokenRequest({}, { secretExpires: 90 * 24 * 60 * 60 * 1000 }),
  },
}

const awsPairs: Readonly<Record<string, Pair>> = {
  'aws/schema': {
    has: { ...patch(title), aws: refused(400, 'Not so.') },
    hasNot: { ...patch(title), aws: { isTenantProfile: false, accepted: true, status: 200, rules: [] } },
  },
  'aws/taken': {
    has: { ...patch(title), aws: refused(409, 'Refused to create a new, duplicate resource.') },
    hasNot: { ...of({ status: 409 }), aws: refused(409, 'Refused to create a new, duplicate resource.') },
  },
  'aws/unknown-member': {
    has: group({ members: [{ value: 'gone' }] }, { aws: refused(404, 'USER does not exist.') }),
    hasNot: { ...of({ method: 'GET', status: 404 }), aws: refused(404, 'USER does not exist.') },
  },
  'aws/not-offered': {
    has: { ...of({ status: 200, url: '/acme/scim/v2/Bulk' }), aws: refused(404, 'Nothing there.') },
    hasNot: { ...of({ status: 404, url: '/acme/scim/v2/Bulk' }), aws: refused(404, 'Nothing there.') },
  },
}

const from = (product: Product, evidence: Evidence = 'named') => ({ client: { product, evidence } })
const token = { id: 'token-1', ending: 'x7Q=' }
const minutes = (count: number) => ({ tenantTime: count * 60_000 })
const whole = { schemas: [], displayName: 'Operators', members: [{ value: id }] }
const put = (changes: object, rest: Parameters<typeof of>[1]): Sample =>
  of({ method: 'PUT', url: `/acme/scim/v2/Users/${id}`, status: 200, requestBody: { ...changes } }, rest)
const groupTarget = { type: 'Group', id, label: 'Operators' }
const readGroup = (url = `/acme/scim/v2/Groups/${id}`): Sample =>
  of({ method: 'GET', url, status: 200, target: groupTarget, token, profile: 'aws' })
const addMember = (op = 'add'): Sample => {
  const { exchange } = groupPatch([{ op, path: 'members', value: [{ value: id }] }])
  return { exchange: { ...exchange, token, profile: 'aws' } }
}
const pushGroup = (members: readonly unknown[], at: number): Sample =>
  of(
    {
      url: '/acme/scim/v2/Groups',
      target: groupTarget,
      token,
      requestBody: { externalId: objectId, displayName: 'Operators', members },
      ...minutes(at),
    },
    from('okta'),
  )
const lookUpUser = (at: number): Sample => {
  const { exchange } = lookUp('userName', 'marge', 0, { token, ...minutes(at) })
  return { exchange, ...from('okta') }
}
const listCut = { type: 'User', shown: 100, existing: 131 }
const search = (value: string): Sample =>
  of({
    method: 'GET',
    url: `/acme/scim/v2/Users?filter=userName+eq+${value}`,
    status: 400,
    target: { type: 'User' },
  })

const readConfig = (responseBody: object): Sample =>
  of({ method: 'GET', url: '/acme/scim/v2/ServiceProviderConfig', status: 200, token, responseBody })

/** Findings about clients other than Entra ID. */
const otherClientPairs: Readonly<Record<string, Pair>> = {
  'okta/wizard-app': {
    has: of(
      {
        method: 'PUT',
        status: 400,
        target: groupTarget,
        rule: 'aws/x',
        requestBody: { externalId: '1', ...whole },
      },
      from('okta'),
    ),
    hasNot: of(
      { method: 'PUT', status: 400, target: groupTarget, rule: 'aws/x', requestBody: whole },
      from('keycloak'),
    ),
  },
  'okta/push-now': {
    has: groupPatch(
      [{ op: 'replace', value: { id, displayName: 'Operators', members: [] } }],
      from('okta', 'shaped'),
    ),
    hasNot: groupPatch([{ op: 'replace', value: { id, displayName: 'Operators' } }], from('okta')),
  },
  'okta/empty-after-push': {
    has: [pushGroup([], 0), lookUpUser(2), lookUpUser(10)],
    hasNot: [pushGroup([], 0), { ...lookUpUser(2), ...addMember() }, lookUpUser(10)],
  },
  'okta/import-cut': {
    has: of({ method: 'GET', status: 200, target: { type: 'User' } }, { listCut, ...from('okta') }),
    hasNot: of({ method: 'GET', status: 200, target: { type: 'User' } }, from('okta')),
  },
  'jumpcloud/no-display-name': {
    has: put(
      {
        userName: 'marge@springfield.example',
        name: { givenName: 'Marge', familyName: 'Simpson' },
        externalId: objectId,
        emails: [{ value: 'marge@springfield.example' }],
      },
      from('jumpcloud'),
    ),
    hasNot: put({ displayName: 'Marge' }, from('jumpcloud')),
  },
  'client/reads-members-aws-hides': {
    has: [readGroup(), addMember(), readGroup(), addMember()],
    hasNot: [readGroup(), addMember('remove'), readGroup(), addMember(), readGroup(), addMember()],
  },
  'client/deletes-strangers': {
    has: of({ method: 'DELETE', status: 204 }, { stranger: { createdBy: 'entra' }, ...from('pocket-id') }),
    hasNot: of({ method: 'DELETE', status: 204 }, { stranger: { createdBy: 'entra' }, ...from('entra') }),
  },
  'client/stops-at-config': {
    has: [readConfig({ pagination: {} }), readConfig({ pagination: {} })],
    hasNot: [readConfig({ pagination: {} }), readGroup(), readConfig({ pagination: {} })],
  },
  'client/unquoted-filter': { has: search('marge%40springfield.example'), hasNot: search('7') },
  'client/token-without-scheme': {
    has: withoutTarget({
      method: 'GET',
      status: 401,
      operation: 'rejected',
      refusal: 'missing',
      request: { headers: { authorization: '…x7Q=' } },
    }),
    hasNot: withoutTarget({ method: 'GET', status: 401, operation: 'rejected', refusal: 'missing' }),
  },
}

const accepted = { isTenantProfile: false, accepted: true, status: 200, rules: [] }
const emptied = (ignoresChange: boolean, value: unknown = []) =>
  groupPatch([{ op: 'replace', path: 'members', value }], {
    ...(ignoresChange && {
      ignoresChange: (op, { relation }, given) =>
        op === 'replace' && relation === 'members' && Array.isArray(given) && given.length === 0,
    }),
  })

const acceptedPairs: Readonly<Record<string, Pair>> = {
  'aws/user-name-is-no-address': {
    has: user({ userName: 'marge' }, { aws: accepted }),
    hasNot: user({ userName: 'marge@springfield' }, { aws: accepted }),
  },
  'aws/list-cut': {
    has: of({ method: 'GET', status: 200, target: { type: 'User' } }, { listCut }),
    hasNot: of({ method: 'GET', status: 200, target: { type: 'User' } }, { listCut, ...from('okta') }),
  },
  'aws/empty-replacement-ignored': { has: emptied(true), hasNot: emptied(false) },
}

const rules = findingKinds
  .map(({ id }) => id)
  .filter(id => id.startsWith('aws/') && !Object.hasOwn(awsPairs, id) && !Object.hasOwn(acceptedPairs, id))
const rulePairs = Object.fromEntries(
  rules.map(rule => [
    rule,
    {
      has: { ...patch(title), aws: refused(400, 'Not so.', rule) },
      hasNot: { ...patch(title), aws: refused(400, 'Not so.', 'aws/none') },
    },
  ]),
)

/** A change by the Identity Store API, of a user that SCIM provisions by default. */
const direct = (write: Partial<DirectWrite>): Sample =>
  of(
    { method: 'POST', url: '/', api: 'identity-store', accessKey: 'SCIMA2B3C4D5E6F7G2H3', status: 200 },
    {
      directWrite: {
        kind: 'changed',
        type: userType,
        isProvisioned: true,
        differences: [],
        memberships: [],
        ...write,
      },
    },
  )
const rejectedUpdate = (AttributePath: string): Sample =>
  of({
    ...{ method: 'POST', url: '/', api: 'identity-store', accessKey: 'SCIMA2B3C4D5E6F7G2H3', status: 400 },
    apiOperation: 'UpdateUser',
    requestBody: { UserId: id, Operations: [{ AttributePath, AttributeValue: 'DISABLED' }] },
  })
const promoted: Difference = { path: 'title', kind: 'changed', before: 'Clerk', after: 'Mayor' }
const renamed: Difference = { path: 'userName', kind: 'changed', before: 'marge', after: 'marjorie' }
const left: MembershipEvent = {
  kind: 'membership',
  event: 'removed',
  at: 0,
  group: { id: toResourceId('g'), type: 'Group', display: 'Parents' },
  member: { id: toResourceId(id), type: 'User', display: 'marge' },
}

const directPairs: Readonly<Record<string, Pair>> = {
  'identity-store/provisioned-resource-changed': {
    has: direct({ differences: [promoted] }),
    hasNot: direct({ differences: [promoted], isProvisioned: false }),
  },
  'identity-store/matching-attribute-changed': {
    has: direct({ differences: [renamed] }),
    hasNot: direct({ differences: [promoted] }),
  },
  'identity-store/provisioned-resource-deleted': {
    has: direct({ kind: 'deleted' }),
    hasNot: direct({ kind: 'deleted', isProvisioned: false }),
  },
  'identity-store/provisioned-members-changed': {
    has: direct({ type: groupType, memberships: [left] }),
    hasNot: direct({ type: groupType, memberships: [left], isProvisioned: false }),
  },
  'identity-store/created-directly': {
    has: direct({ kind: 'created', isProvisioned: false }),
    hasNot: direct({}),
  },
  'identity-store/disable-refused': {
    has: rejectedUpdate('userStatus'),
    hasNot: rejectedUpdate('externalIds'),
  },
}

const pairs: Readonly<Record<string, Pair>> = {
  ...clientPairs,
  ...otherClientPairs,
  ...tokenPairs,
  ...awsPairs,
  ...acceptedPairs,
  ...rulePairs,
  ...directPairs,
}

/** The findings of the last exchange, from a diagnosis that has read the previous ones. */
const foundIn = (samples: Sample | readonly Sample[]): readonly Finding[] => {
  const diagnose = createDiagnoser()
  return [samples].flat().reduce<readonly Finding[]>((_, sample) => diagnose(sample as Sample), [])
}
const idsIn = (samples: Sample | readonly Sample[]) => foundIn(samples).map(({ id }) => id)

t.test('each kind of finding has an example with it and a similar one without it', async t => {
  t.same(Object.keys(pairs).sort(), findingKinds.map(({ id }) => id).sort(), 'as many pairs as kinds')
  for (const [kind, { has, hasNot }] of Object.entries(pairs)) {
    t.same(idsIn(has), [kind], `only ${kind} is found`)
    t.notOk(idsIn(hasNot).includes(kind), `${kind} is not found`)
  }
})

t.test('an ordinary user and an ordinary group have no findings', async t => {
  t.same([...idsIn(user()), ...idsIn(group())], [])
})

t.test('each kind has a reason and a remedy', async t => {
  for (const { id, title, reason, remedy, source } of findingKinds) {
    t.notOk(
      [title, reason, remedy].some(text => text.trim() === ''),
      id,
    )
    t.match(source, /^https:\/\//, id)
  }
})

t.test('the findings about AWS include every rule of the profile, with its remedies', async t => {
  const { rules } = loadProfile('aws')
  for (const { id, remedy, entraRemedy } of Object.values(rules).flat()) {
    const kind = findingKinds.find(kind => kind.id === id)
    t.equal(kind?.remedy, remedy, id)
    t.equal(kind?.remedies?.entra, entraRemedy, id)
  }
})

t.test('OC-002 only a client that is named or shaped gets the remedy for its own console', async t => {
  const kind = findingKinds.find(({ id }) => id === 'client/no-given-name')
  if (!kind) throw new Error('The kind is missing.')
  const remedyFor = (product: Product, evidence: Evidence) => {
    const { remedy, product: of } = textsFor(kind, { product, evidence })
    return { remedy, of }
  }
  const general = { remedy: kind.remedy, of: undefined }
  t.match(remedyFor('okta', 'named'), { remedy: /^Directory > People/, of: 'okta' })
  t.match(remedyFor('okta', 'shaped'), { remedy: /^Directory > People/, of: 'okta' })
  t.same(remedyFor('okta', 'perhaps'), general)
  t.same(remedyFor('curl', 'named'), general)
  t.match(remedyFor('entra', 'shaped'), { remedy: /^Enterprise applications/, of: 'entra' })
  t.same(textsFor(kind, undefined).remedy, kind.remedy)
})

t.test('the general texts of a finding name no console, unless only Entra ID can cause it', async t => {
  const named = findingKinds.filter(({ remedy }) =>
    /Enterprise applications|Entra|Secret Token|Tenant URL/.test(remedy),
  )
  t.same(
    named.map(({ id }) => id),
    ['client/secret-token-empty'],
  )
})

t.test('every remedy of a vendor belongs to a kind of finding', async t => {
  const kinds = new Set(findingKinds.map(({ id }) => id))
  t.same(
    Object.keys(vendorRemedies).filter(id => !kinds.has(id)),
    [],
  )
})

t.test('OC-147 the finding about a pushed group without members names the group, once', async t => {
  t.same(
    foundIn([pushGroup([], 0), lookUpUser(2), lookUpUser(10)]).map(({ subject }) => subject),
    ['Operators'],
  )
  t.same(idsIn([pushGroup([], 0), lookUpUser(2), lookUpUser(10), lookUpUser(11)]), [])
  t.same(idsIn([pushGroup([], 0), lookUpUser(2), lookUpUser(9)]), [], 'before 10 minutes')
  t.same(idsIn([pushGroup([], 5), pushGroup([], 20)]), [], 'without a request about a user')
  t.same(idsIn([pushGroup([{ value: id }], 0), lookUpUser(2), lookUpUser(10)]), [], 'created with members')
})

t.test('OC-402 a client that reads groups without their members is not reported', async t => {
  const read = readGroup(`/acme/scim/v2/Groups/${id}?excludedAttributes=members`)
  t.same(idsIn([read, addMember(), read, addMember()]), [])
  const elsewhere = (sample: Sample): Sample => ({ exchange: { ...sample.exchange, profile: 'rfc' } })
  t.same(
    idsIn([readGroup(), addMember(), readGroup(), addMember()].map(elsewhere)),
    [],
    'other servers return members',
  )
})

t.test('OC-440 a client may delete what it found by a look-up', async t => {
  const found = lookUp('userName', 'marge', 1, {
    token,
    responseBody: { totalResults: 1, Resources: [{ id }] },
  })
  const deletion = of(
    { method: 'DELETE', status: 204, token },
    { stranger: { accessKey: 'SCIMA2B3C4D5E6F7G2H3' }, ...from('pocket-id') },
  )
  t.same(
    foundIn(deletion).map(({ detail }) => detail),
    [
      'Pocket ID deleted a user that was created by the Identity Store API with the access key SCIMA2B3C4D5E6F7G2H3, and that it had never changed.',
    ],
  )
  t.same(idsIn([found, deletion]), [])
})

t.test('the evidence names the subject and quotes the request', async t => {
  t.same(foundIn(user({ externalId: 'msimpson' })), [
    {
      id: 'client/mail-nickname-as-external-id',
      subject: 'marge@springfield.example',
      detail: 'The externalId is "msimpson", which is derived from the name; it is not an object ID.',
    },
  ])
  t.same(foundIn(lookUp('userName', 'marge', 2)), [
    { id: 'client/several-matches', subject: 'marge', detail: 'userName "marge" matches 2 resources.' },
  ])
  t.same(
    foundIn({
      ...patch(title),
      aws: refused(400, 'Attribute roles can not be modified.', 'aws/attributes-that-patch-changes'),
    }),
    [
      {
        id: 'aws/attributes-that-patch-changes',
        subject: 'marge@springfield.example',
        detail: 'AWS returns: Attribute roles can not be modified.',
      },
    ],
  )
})

t.test('a rejection by a tenant with the AWS profile needs no evaluation', async t => {
  const detail = 'Replacing group memberships is not supported.'
  const own = of({
    method: 'PATCH',
    status: 400,
    target: { type: 'Group', id },
    rule: 'aws/no-replacing-members',
    profile: 'aws',
    responseBody: { detail },
  })
  t.same(foundIn(own), [{ id: 'aws/no-replacing-members', subject: id, detail: `AWS returns: ${detail}` }])
})

t.test('all rules that a request violates on AWS are reported', async t => {
  const both = refused(400, 'Not so.', 'aws/one-value-per-list', 'aws/email-is-primary')
  t.same(idsIn({ ...patch(title), aws: both }), ['aws/one-value-per-list', 'aws/email-is-primary'])
})

t.test('OC-511 a userName that is not an address is a warning only if AWS accepts the user', async t => {
  const renamed = { op: 'replace', path: 'userName', value: 'marge' }
  t.same(foundIn({ ...patch(renamed), aws: accepted }), [
    {
      id: 'aws/user-name-is-no-address',
      subject: 'marge@springfield.example',
      detail: 'The userName is "marge".',
    },
  ])
  t.same(idsIn(patch(renamed)), [], 'without an evaluation for AWS')
  t.same(idsIn({ ...patch(renamed), aws: refused(400, 'Not so.', 'aws/text-length') }), ['aws/text-length'])
  t.same(idsIn(user({ externalId: objectId, userName: ' a@b' }, { aws: accepted })), [
    'aws/user-name-is-no-address',
  ])
})

t.test(
  'OC-500 an empty replacement is reported with or without a path, but not if it was rejected',
  async t => {
    const ignoresChange = () => true
    const pathless = [{ op: 'replace', value: { id, members: [] } }]
    const kind = 'aws/empty-replacement-ignored'
    t.same(idsIn(groupPatch(pathless, { ignoresChange })), [kind])
    t.same(idsIn(groupPatch([{ op: 'replace', path: 'members' }], { ignoresChange })), [kind])
    const { exchange } = groupPatch(pathless)
    t.notOk(idsIn({ exchange: { ...exchange, status: 400 }, ignoresChange }).includes(kind))
  },
)

t.test('a role’s display is rejected by AWS, and not reported as ignored', async t => {
  const roles = [{ value: 'Admin', display: 'Administrator' }]
  t.same(idsIn(user({ roles })), [])
  t.same(idsIn(user({ phoneNumbers: [{ value: '1', display: 'Desk' }] })), ['client/dropped-by-aws'])
})

t.test('long values are shortened, and no secret is quoted', async t => {
  const long = 'm'.repeat(5000)
  const findings = foundIn(
    user({
      userName: `${long}#EXT#@x`,
      externalId: `simpson${long}`,
      password: 'correct horse',
      [`x${long}`]: 1,
      active: long,
    }),
  )
  t.same(
    findings.map(({ id }) => id),
    [
      'client/mail-nickname-as-external-id',
      'client/guest-user-name',
      'client/active-as-text',
      'client/dropped-by-aws',
    ].toSorted(
      (one, other) =>
        findingKinds.findIndex(({ id }) => id === one) - findingKinds.findIndex(({ id }) => id === other),
    ),
  )
  for (const { id, detail } of findings) {
    t.ok(detail.length < 400, id)
    t.notMatch(detail, 'horse', id)
  }
})

t.test('a truncated, invalid or deeply nested body has no findings and causes no error', async t => {
  const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`
  for (const body of ['{"userName":', '[]', '"text"', '{"Operations":3}', deep]) {
    for (const method of ['POST', 'PATCH', 'PUT']) {
      const { exchange } = of({ method, status: 400 })
      t.doesNotThrow(
        () => createDiagnoser()({ exchange: { ...exchange, request: { headers: {}, body } } }),
        method,
      )
    }
  }
})

t.test('a search by POST creates nothing', async t => {
  t.same(
    idsIn(
      of({ url: '/acme/scim/v2/Users/.search', status: 200, requestBody: { filter: 'userName eq "marge"' } }),
    ),
    [],
  )
})

t.test('replays by the console have no findings', async t => {
  t.same(idsIn(of({ replayOf: 'e0', requestBody: { userName: 'marge' } })), [])
})

t.test('the finding of an injected fault names the fault', async t => {
  t.same(
    foundIn(of({ status: 500, fault: { id: 'f1', summary: 'every response is 500' } })).map(
      ({ detail }) => detail,
    ),
    ['The response was 500, fault injected: every response is 500'],
  )
})

t.test('retries of a failed PATCH, and PATCHes of different resources, are no repeats', async t => {
  const failing = () => ({ exchange: { ...patch(title).exchange, status: 400 } })
  t.same(idsIn([failing(), failing(), failing()]), ['client/refused'])
  const one = patch(title)
  t.same(idsIn([patch(title), one, one, one]), [], 'the same request again is not a repeat')
  const other = (at: number) => ({
    exchange: { ...patch(title).exchange, target: { type: 'User', id: `u${at}`, label: 'x' } },
  })
  t.same(idsIn([other(1), other(2), other(3), other(1), other(2)]), [])
  const inBetween = of({ method: 'PUT', status: 200, requestBody: patchOp() })
  t.notOk(idsIn([patch(title), patch(title), inBetween, patch(title)]).includes('client/same-patch-again'))
})

t.test(
  'IS-121 a change outside the identity provider is a finding with the key, the values and those of Entra',
  async t => {
    t.same(
      foundIn(direct({ differences: [promoted, renamed] })).map(({ detail }) => detail),
      [
        'Access key SCIMA2B3C4D5E6F7G2H3 changed title from "Clerk" to "Mayor". The identity provider has the earlier values.',
        'Access key SCIMA2B3C4D5E6F7G2H3 changed userName from "marge" to "marjorie". The identity provider searches for the earlier value.',
      ],
    )
    t.same(
      foundIn(direct({ type: groupType, memberships: [left] })).map(({ detail }) => detail),
      [
        'Access key SCIMA2B3C4D5E6F7G2H3 removed "marge" from "Parents". The identity provider still has this member.',
      ],
    )
  },
)

t.test('IS-604 requests to AWS APIs have no findings about Entra ID', async t => {
  const request = of({
    method: 'POST',
    url: '/',
    api: 'identity-store',
    status: 400,
    requestBody: { userName: '' },
  })
  t.same(idsIn(request), [])
})
