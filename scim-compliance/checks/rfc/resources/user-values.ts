import type { Check } from '../../../check.ts'
import { expectStatus, expectThat, skip } from '../../../expect.ts'
import { isObject, type JsonObject } from '../../../json.ts'
import type { Answer, Stage } from '../../../stage.ts'
import { at, attributeOf, needWritable, writable } from '../../tools/attributes.ts'
import { made, postedSample } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { userArea } from './areas.ts'

/** What somebody may have several of, and two values for it. */
const plurals: Readonly<Record<string, (stage: Stage) => readonly JsonObject[]>> = {
  emails: stage => [
    { value: `${stage.unique()}@example.com`, type: 'work' },
    { value: `${stage.unique()}@example.org`, type: 'home' },
  ],
  phoneNumbers: () => [
    { value: 'tel:+1-201-555-0123', type: 'work' },
    { value: 'tel:+1-201-555-0124', type: 'mobile' },
  ],
  addresses: () => [
    { locality: 'Hollywood', country: 'US', type: 'work' },
    { locality: 'Berlin', country: 'DE', type: 'home' },
  ],
  roles: () => [{ value: 'reader' }, { value: 'writer' }],
  ims: () => [
    { value: 'someone', type: 'xmpp' },
    { value: 'somebody', type: 'skype' },
  ],
  photos: () => [
    { value: 'https://example.com/a.jpg', type: 'photo' },
    { value: 'https://example.com/b.jpg', type: 'thumbnail' },
  ],
  entitlements: () => [{ value: 'one' }, { value: 'two' }],
}

const oneOf = (name: string, value: JsonObject) => (stage: Stage) => {
  needWritable(stage.users, name)
  return postedSample(stage, stage.users, { [name]: [value] })
}

/** Clients have to send the right ones (MUST); that a server refuses others the RFC doesn't ask for. */
const wrongValues: readonly {
  readonly id: string
  readonly level: Check['level']
  readonly what: string
  readonly requirement: string
  readonly mend: string
  readonly matters: string
  readonly send: (stage: Stage) => Promise<Answer>
}[] = [
  {
    id: 'country',
    what: 'A country that is no code of ISO 3166-1 alpha-2',
    level: 'MAY',
    requirement: 'R-072',
    mend: 'Check that addresses.country has two letters and is a code of ISO 3166-1.',
    matters:
      '“Germany” breaks everyone who reads the code. Microsoft’s validator sends such names all the same.',
    send: oneOf('addresses', { country: 'Germany', type: 'work' }),
  },
  {
    id: 'certificate',
    what: 'A certificate that isn’t base64',
    level: 'MAY',
    requirement: 'R-074',
    mend: 'Decode x509Certificates.value when it comes in, and refuse what isn’t a DER certificate.',
    matters: 'Sign-ins by certificate fail later, when nobody knows why.',
    send: oneOf('x509Certificates', { value: '*** not base64 ***' }),
  },
  {
    id: 'photo',
    what: 'A photo that isn’t a URI',
    level: 'SHOULD',
    requirement: 'R-075',
    mend: 'Check that photos.value is a URI; images themselves don’t belong into it.',
    matters: 'Whoever shows the photo follows the value.',
    send: oneOf('photos', { value: 'not a uri at all', type: 'photo' }),
  },
]

export const checks: readonly Check[] = checksOf(userArea, [
  ...wrongValues.map(({ id, level, what, requirement, mend, matters, send }) => ({
    id: `refuses-${id}`,
    level,
    source: 'RFC 7643 §4.1.2',
    says: `${what} is refused with 400.`,
    requirements: [requirement],
    matters,
    mend,
    run: async (stage: Stage) => expectStatus(await send(stage), 400),
  })),
  ...Object.entries(plurals).map(([name, values]) => ({
    id: `several-${name.toLowerCase()}`,
    level: 'MAY' as const,
    source: 'RFC 7643 §4.1.2',
    says: `A user may have two ${name}, and both come back.`,
    requirements: ['R-071', ...(['ims', 'photos', 'entitlements'].includes(name) ? ['R-076'] : [])],
    matters: 'Entra maps several; what can’t be kept is lost, or the person refused.',
    mend: `Keep ${name} as a list, or advertise it as single.`,
    run: async (stage: Stage) => {
      if (writable(stage.users, name).multiValued !== true) skip(`${name} is advertised as single.`)
      const given = values(stage)
      const answer = await made(stage, stage.users, stage.sample(stage.users, { [name]: given }))
      const got = at(answer.body, name)
      expectThat(
        Array.isArray(got) && got.filter(isObject).length === given.length,
        `${given.length} ${name}`,
        got,
        answer,
      )
    },
  })),
  ...(['ims', 'photos', 'entitlements', 'x509Certificates', 'password'] as const).map(name => ({
    id: `has-${name.toLowerCase()}`,
    level: 'MAY' as const,
    source: 'RFC 7643 §4.1',
    says: `The schema of users has ${name}.`,
    requirements: ['R-076'],
    matters: 'Clients with a mapping for it have to leave it out.',
    mend: `Add ${name} to the schema of users if your service can make use of it.`,
    run: async (stage: Stage) => {
      if (stage.service.schemas.length === 0) skip('The server advertises no schemas.')
      expectThat(attributeOf(stage.users, name) !== undefined, `${name} in the schema`, 'nothing')
    },
  })),
])
