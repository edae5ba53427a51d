import { z } from 'zod'
import { differenceSchema, namesSchema, relatedResourceSchema } from './identities.ts'
import { describe, read, returns, timestamp } from './operation.ts'

const count = (description: string) => z.int().nonnegative().meta({ description, example: 25 })

/** A list in a report has at most so many entries; its count is of all. */
export const maxListed = 100

const listedResource = z.object({ id: z.string(), label: z.string() })

const resourcesSchema = (what: string) =>
  z.object({
    count: count(`The number of ${what}.`),
    items: z.array(listedResource).meta({ description: `The first ${maxListed}.` }),
  })

const attributeChangeSchema = differenceSchema
  .pick({ path: true })
  .extend({
    count: count('The resources in which it changed.'),
    changes: z
      .array(differenceSchema.omit({ path: true }).extend({ resources: z.array(listedResource) }))
      .meta({ description: 'Equal changes together, the most frequent first, up to 100 resources in all.' }),
  })
  .meta({ id: 'AttributeChange', description: 'The changes of an attribute in the resources of a type.' })

export type AttributeChange = z.output<typeof attributeChangeSchema>

const typeChangesSchema = z
  .object({
    type: z.string().meta({ example: 'User' }),
    created: resourcesSchema('created resources'),
    deleted: resourcesSchema('deleted resources'),
    attributes: z.array(attributeChangeSchema).meta({ description: 'The most frequent first.' }),
  })
  .meta({ id: 'TypeChanges', description: 'What a cycle changed in the resources of a type.' })

export type TypeChanges = z.output<typeof typeChangesSchema>

const memberChangesSchema = z
  .object({
    group: relatedResourceSchema,
    joined: z.array(relatedResourceSchema),
    left: z.array(relatedResourceSchema),
  })
  .meta({ id: 'MemberChanges', description: 'Who joined and who left a group in a cycle.' })

const changesSchema = z
  .object({
    types: z.array(typeChangesSchema),
    groups: z.array(memberChangesSchema).meta({ description: 'Groups whose members changed.' }),
    requests: count('The requests that were read.'),
    complete: z.boolean().meta({
      description: 'Whether these are all changes; if not, those of the newest requests only.',
    }),
    names: namesSchema,
  })
  .meta({
    id: 'CycleChanges',
    description: 'The directory before and after a cycle: what was changed and changed back is left out.',
  })

export type CycleChanges = z.output<typeof changesSchema>

const rateSchema = z
  .object({
    limits: z
      .object({ reads: z.int().meta({ example: 40 }), writes: z.int().meta({ example: 25 }) })
      .optional()
      .meta({ description: 'The limits of AWS per second and tenant; absent for a deleted tenant.' }),
    from: timestamp('The start of the first second, in real time.'),
    seconds: z
      .array(
        z.object({ reads: count('Reads.'), writes: count('Writes.'), throttled: count('With status 429.') }),
      )
      .meta({ description: 'Each second from the first to the last, at most 600.' }),
    peak: z.object({ reads: count('The most reads in a second.'), writes: count('The most writes.') }),
    throttled: count('Requests with status 429.'),
    complete: z.boolean().meta({
      description: 'Whether it is the whole cycle; if not, its last 600 seconds or 20,000 requests.',
    }),
  })
  .meta({ id: 'CycleRate', description: 'The requests per second of a cycle.' })

export type CycleRate = z.input<typeof rateSchema>

export const operations = describe('cycles', {
  getCycleChanges: read(
    'GET /cycles/:id/changes',
    'Show what a cycle changed in the directory',
    returns(changesSchema, 'The changes.'),
    {
      description:
        'One comparison of the directory before and after the cycle, in which equal changes are together.',
      maxConcurrent: 2,
    },
  ),
  getCycleRate: read(
    'GET /cycles/:id/rate',
    'Show the requests per second of a cycle',
    returns(rateSchema, 'The rate.'),
    { maxConcurrent: 2 },
  ),
})
