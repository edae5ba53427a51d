import type { Check } from '../../../check.ts'
import { expectStatus, expectThat } from '../../../expect.ts'
import type { Answer, Made, Stage } from '../../../stage.ts'
import { patchOpUrn } from '../../../urns.ts'
import { at, textOf } from '../../tools/attributes.ts'
import { posted } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { authenticationArea } from './areas.ts'
import { nobody } from './nobody.ts'

/** A write without credentials is refused, and the resource is as it was. */
async function expectUntouched(
  stage: Stage,
  write: (made: Made, text: string) => Promise<Answer>,
): Promise<void> {
  const text = textOf(stage.users)
  const before = stage.unique()
  const made = await stage.create(stage.users, { [text]: before })
  const answer = await write(made, text)
  const after = await stage.get(made.path)
  expectThat(
    after.status === 200 && at(after.body, text) === before,
    'the resource as it was',
    after.status === 200 ? at(after.body, text) : `status ${after.status}`,
    after,
  )
  expectStatus(answer, 401, 403)
}

const untouched = [
  {
    id: 'put',
    words: 'A PUT',
    write:
      (stage: Stage) =>
      ({ path, sent }: Made, text: string) =>
        stage.put(path, { ...sent, [text]: 'by nobody' }, nobody),
  },
  {
    id: 'patch',
    words: 'A PATCH',
    write:
      (stage: Stage) =>
      ({ path }: Made, text: string) =>
        stage.send('PATCH', path, {
          headers: nobody,
          body: {
            schemas: [patchOpUrn],
            Operations: [{ op: 'replace', path: text, value: 'by nobody' }],
          },
        }),
  },
  {
    id: 'delete',
    words: 'A DELETE',
    write:
      (stage: Stage) =>
      ({ path }: Made) =>
        stage.delete(path, nobody),
  },
] as const

export const checks: readonly Check[] = checksOf(authenticationArea, [
  {
    id: 'unauthenticated-id',
    level: 'MUST',
    says: 'Without credentials, an id that exists and one that doesn’t are answered alike: 401 or 403.',
    requirements: ['R-006'],
    matters: 'Strangers could find out which users there are.',
    mend: 'Check credentials before looking anything up.',
    needs: ['write', 'users'],
    run: async stage => {
      const { path } = await stage.create(stage.users)
      const known = await stage.get(path, nobody)
      expectStatus(known, 401, 403)
      expectStatus(await stage.get(`${stage.users.endpoint}/${stage.unique()}`, nobody), known.status)
    },
  },
  {
    id: 'unauthenticated-post',
    level: 'MUST',
    says: 'A POST without credentials is refused with 401 or 403 and makes nothing.',
    requirements: ['R-006'],
    matters: 'Strangers could make accounts for themselves.',
    mend: 'Check credentials before the body is read.',
    needs: ['write', 'users'],
    run: async stage => {
      const body = stage.sample(stage.users)
      const answer = await posted(stage, stage.users, body, nobody)
      expectStatus(answer, 401, 403)
      const again = await posted(stage, stage.users, body)
      expectThat(again.status === 201, 'the same to be made afterwards', `status ${again.status}`, again)
    },
  },
  ...untouched.map(({ id, words, write }) => ({
    id: `unauthenticated-${id}`,
    level: 'MUST' as const,
    says: `${words} without credentials is refused with 401 or 403 and changes nothing.`,
    requirements: ['R-006'],
    matters: 'Strangers could change or remove accounts.',
    mend: 'Check credentials before anything is carried out, for every method.',
    needs: id === 'patch' ? (['write', 'users', 'patch'] as const) : (['write', 'users'] as const),
    run: (stage: Stage) => expectUntouched(stage, write(stage)),
  })),
])
