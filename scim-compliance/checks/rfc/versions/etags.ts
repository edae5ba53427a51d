import type { Check } from '../../../check.ts'
import { expectEqual } from '../../../expect.ts'
import { at, textOf } from '../../tools/attributes.ts'
import { readAgain } from '../../tools/read.ts'
import { checksOf } from '../checks-of.ts'
import { readEachTime, versionsArea } from './areas.ts'
import { change, tagged, tagOf, tagOfWrite } from './tagged.ts'

export const checks: readonly Check[] = checksOf(versionsArea, [
  {
    id: 'get',
    level: 'MUST',
    says: 'GET is answered with an ETag.',
    requirements: ['R-210'],
    matters: readEachTime,
    mend: 'Send the version in the ETag header.',
    run: async stage => {
      tagOf(await stage.get((await stage.create(stage.users)).path))
    },
  },
  {
    id: 'create',
    level: 'MUST',
    says: 'POST is answered with an ETag, that of the resource as GET has it.',
    requirements: ['R-210'],
    matters: readEachTime,
    mend: 'Send the version in the ETag header of every answer that has a resource.',
    run: async stage => {
      const { answer, path } = await stage.create(stage.users)
      expectEqual(tagOf(answer), (await stage.get(path)).headers.etag, 'ETag', answer)
    },
  },
  {
    id: 'put',
    level: 'MUST',
    says: 'PUT is answered with an ETag.',
    requirements: ['R-210'],
    matters: readEachTime,
    mend: 'Send the version in the ETag header of every answer that has a resource.',
    run: async stage => {
      const made = await stage.create(stage.users)
      tagOfWrite(await stage.put(made.path, { ...made.sent, [textOf(stage.users)]: stage.unique() }))
    },
  },
  {
    id: 'patch',
    level: 'MUST',
    says: 'PATCH is answered with an ETag.',
    requirements: ['R-210'],
    needs: ['patch'],
    matters: readEachTime,
    mend: 'Send the version in the ETag header of every answer that has a resource.',
    run: async stage => {
      const { path } = await stage.create(stage.users)
      tagOfWrite(await change(stage, path, textOf(stage.users), {}))
    },
  },
  {
    id: 'meta-version',
    level: 'SHOULD',
    says: 'meta.version is the same as the ETag.',
    requirements: ['R-210'],
    matters: 'Clients that read lists know only meta.version, and are refused when they send it back.',
    mend: 'Put the ETag, quotes and all, into meta.version.',
    run: async stage => {
      const { made, tag } = await tagged(stage)
      expectEqual(at(await readAgain(stage, made.path), 'meta', 'version'), tag, 'meta.version')
    },
  },
])
