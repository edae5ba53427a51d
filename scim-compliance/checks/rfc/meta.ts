import type { Check } from '../../check.ts'
import { expectEqual, expectThat, skip } from '../../expect.ts'
import type { Answer, Made, Stage } from '../../stage.ts'
import { at, textOf } from '../tools/attributes.ts'
import { checksOf } from '../tools/checks-of.ts'
import { made } from '../tools/posted.ts'

const isDateTime = (value: unknown): value is string =>
  typeof value === 'string' &&
  /^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/.test(value) &&
  !Number.isNaN(Date.parse(value))

const meta = ({ body }: Answer | Made, name: string) => at(body, 'meta', name)
const whenChanged = async (stage: Stage) => {
  const text = textOf(stage.users)
  const before = await stage.create(stage.users, { [text]: stage.unique() })
  const changed = await stage.put(before.path, { ...before.sent, [text]: stage.unique() })
  if (changed.status !== 200) skip(`PUT is answered with ${changed.status}.`)
  return { before, after: await stage.get(before.path) }
}

export const checks: readonly Check[] = checksOf(
  { area: 'meta', section: 'Common attributes', source: 'RFC 7643 §3.1', needs: ['write', 'users'] },
  [
    {
      id: 'given',
      level: 'MUST',
      says: 'What is created has meta.',
      requirements: ['R-047'],
      matters: 'Clients take location, version and the times from it.',
      mend: 'Add meta to every representation.',
      run: async stage => {
        const { answer } = await stage.create(stage.users)
        expectThat(at(answer.body, 'meta') !== undefined, 'meta', answer.text, answer)
      },
    },
    {
      id: 'of-client-ignored',
      level: 'MUST',
      says: 'meta in the body of a create is ignored.',
      requirements: ['R-048', 'R-053'],
      matters: 'Clients send back what they read; times and types would be theirs.',
      mend: 'Pass over meta in bodies.',
      run: async stage => {
        const old = '2001-01-01T00:00:00Z'
        const given = {
          created: old,
          lastModified: old,
          resourceType: 'Robot',
          location: 'https://example.com/x',
        }
        const answer = await made(stage, stage.users, stage.sample(stage.users, { meta: given }))
        for (const [name, value] of Object.entries(given))
          expectThat(meta(answer, name) !== value, `meta.${name} of the server’s own`, value, answer)
      },
    },
    ...(['created', 'lastModified'] as const).map(name => ({
      id: `${name.toLowerCase()}`,
      level: 'MUST' as const,
      says: `meta.${name} is a date with a time, as xsd:dateTime has it.`,
      requirements: ['R-032', name === 'created' ? 'R-049' : 'R-050'],
      matters: 'Typed clients fail to read the whole resource over a date in another form.',
      mend: `Write meta.${name} as 2030-01-31T12:00:00Z.`,
      run: async (stage: Stage) => {
        const { answer } = await stage.create(stage.users)
        const value = meta(answer, name)
        if (value === undefined) skip(`There is no meta.${name}.`)
        expectThat(isDateTime(value), 'an xsd:dateTime', value, answer)
      },
    })),
    {
      id: 'times-equal',
      level: 'MUST',
      says: 'meta.lastModified of what was never changed is meta.created.',
      requirements: ['R-050'],
      matters: 'Clients tell by it what has changed since.',
      mend: 'Set both times from one reading of the clock.',
      run: async stage => {
        const { answer } = await stage.create(stage.users)
        const created = meta(answer, 'created')
        if (created === undefined) skip('There is no meta.created.')
        expectEqual(meta(answer, 'lastModified'), created, 'meta.lastModified', answer)
      },
    },
    {
      id: 'created-stays',
      level: 'MUST',
      says: 'meta.created stays when the resource changes.',
      requirements: ['R-049'],
      matters: 'Audits and licences go by it.',
      mend: 'Set created once, on the create.',
      run: async stage => {
        const { before, after } = await whenChanged(stage)
        if (meta(before, 'created') === undefined) skip('There is no meta.created.')
        expectEqual(meta(after, 'created'), meta(before, 'created'), 'meta.created', after)
      },
    },
    {
      id: 'read-changes-nothing',
      level: 'MUST',
      says: 'Reading a resource doesn’t move its meta.lastModified.',
      requirements: ['R-050'],
      matters: 'Clients that ask for what has changed would get everything.',
      mend: 'Move lastModified in writes only.',
      run: async stage => {
        const { path, body } = await stage.create(stage.users)
        const modified = at(body, 'meta', 'lastModified')
        if (modified === undefined) skip('There is no meta.lastModified.')
        await stage.get(path)
        const answer = await stage.get(path)
        expectEqual(meta(answer, 'lastModified'), modified, 'meta.lastModified', answer)
      },
    },
    {
      id: 'modified-moves',
      level: 'MUST',
      says: 'meta.lastModified moves on when the resource changes, and never before meta.created.',
      requirements: ['R-050'],
      matters: 'Delta queries miss the change.',
      mend: 'Set lastModified in the same transaction as the change.',
      run: async stage => {
        const text = textOf(stage.users)
        const { path, body, sent } = await stage.create(stage.users, { [text]: stage.unique() })
        const created = at(body, 'meta', 'lastModified')
        if (!isDateTime(created)) return skip('There is no meta.lastModified to compare.')
        // Whole seconds are allowed: it is changed again until the clock has moved on.
        const moved = await stage.eventually(async () => {
          await stage.put(path, { ...sent, [text]: stage.unique() })
          const now = meta(await stage.get(path), 'lastModified')
          return isDateTime(now) && Date.parse(now) > Date.parse(created)
        })
        expectThat(moved, 'a later meta.lastModified after a change', created)
      },
    },
    {
      id: 'location',
      level: 'MUST',
      says: 'meta.location is an absolute URI that a GET finds the resource under.',
      requirements: ['R-051', 'R-034'],
      matters: 'Okta and Terraform’s providers follow it.',
      mend: 'Build locations from the address that the client used, also behind a proxy.',
      run: async stage => {
        const { id, answer } = await stage.create(stage.users)
        const location = meta(answer, 'location')
        expectThat(
          typeof location === 'string' && URL.canParse(location),
          'an absolute URI',
          location,
          answer,
        )
        expectEqual(
          new URL(location).pathname,
          new URL(`${stage.service.url}${stage.users.endpoint}/${id}`).pathname,
          'path of meta.location',
          answer,
        )
      },
    },
    {
      id: 'location-host',
      level: 'SHOULD',
      says: 'meta.location has the scheme and host that the client used.',
      requirements: ['R-011', 'R-051'],
      matters: 'Whoever follows it from outside ends at a name that only the inside knows.',
      mend: 'Heed X-Forwarded-Proto and X-Forwarded-Host behind a proxy, or set the public address.',
      run: async stage => {
        const { answer } = await stage.create(stage.users)
        const location = meta(answer, 'location')
        if (typeof location !== 'string' || !URL.canParse(location))
          return skip('meta.location is no absolute URI.')
        expectEqual(new URL(location).origin, new URL(stage.service.url).origin, 'scheme and host', answer)
      },
    },
    {
      id: 'content-location',
      level: 'MUST',
      says: 'A Content-Location or Location header is the same as meta.location.',
      requirements: ['R-051'],
      matters: 'Clients use the one or the other.',
      mend: 'Write both from one value.',
      run: async stage => {
        const { path, answer } = await stage.create(stage.users)
        for (const one of [answer, await stage.get(path)])
          for (const name of ['location', 'content-location']) {
            const header = one.headers[name]
            if (header !== undefined && meta(one, 'location') !== undefined)
              expectEqual(header, meta(one, 'location'), name, one)
          }
      },
    },
    {
      id: 'version',
      level: 'MUST',
      source: 'RFC 7643 §3.1, RFC 9110 §8.8.3',
      says: 'meta.version is an entity tag: in quotation marks, with W/ before it when it is weak.',
      requirements: ['R-052'],
      matters: 'Clients send it back in If-Match; what isn’t an entity tag is refused on the way.',
      mend: 'Write versions as W/"3" or "3".',
      run: async stage => {
        const { answer } = await stage.create(stage.users)
        const version = meta(answer, 'version')
        if (version === undefined) skip('There is no meta.version.')
        expectThat(/^(W\/)?"[^"]*"$/.test(String(version)), 'an entity tag', version, answer)
      },
    },
    ...(['users', 'groups'] as const).map(type => ({
      id: `type-${type}`,
      level: 'MUST' as const,
      source: 'RFC 7643 §3.1, RFC 7644 §3.3.1',
      says: `meta.resourceType of ${type} is the name of their resource type.`,
      requirements: ['R-053'],
      matters: 'In lists of several types clients tell the resources apart by it.',
      mend: 'Set meta.resourceType from the endpoint.',
      needs: [type],
      run: async (stage: Stage) => {
        const { answer } = await stage.create(stage[type])
        expectEqual(meta(answer, 'resourceType'), stage[type].name, 'meta.resourceType', answer)
      },
    })),
  ],
)
