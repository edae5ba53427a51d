import { z } from 'zod'
import type { FindingTally } from '../../analysis/analysis.ts'
import { findingKindOf } from '../../analysis/diagnose/diagnose.ts'
import { instant, instantOf } from './shapes.ts'

const findingGroupSchema = z
  .object({
    id: z.string().meta({
      description:
        'Stays the same from release to release; of what AWS would refuse it is the id of its rule.',
      example: 'client/no-external-id',
    }),
    severity: z.enum(['error', 'warning', 'note']),
    title: z.string().meta({ description: 'The finding in a few words.' }),
    reason: z.string().meta({ description: 'Why it matters.' }),
    mend: z.string().meta({ description: 'What to change, and on which page of Entra.' }),
    source: z.string().optional().meta({ description: 'Where it is known from.' }),
    basis: z
      .enum(['documented', 'observed', 'inferred', 'assumed'])
      .optional()
      .meta({ description: 'How surely it is known.' }),
    tenant: z.string().meta({ example: 'acme' }),
    origin: z.enum(['provisioning', 'compliance', 'ad-hoc']).meta({
      description:
        'Whose requests it was found in: those of a provisioning service, of the compliance suite, or of any other client. Only the first say anything about the provisioning job.',
    }),
    count: z.int().meta({ description: 'How often it was found.', example: 12 }),
    subjects: z.int().meta({ description: 'About how many it was found.', example: 4 }),
    first: instant("The first time, by the machine's clock."),
    last: instant("The last time, by the machine's clock."),
    evidence: z
      .array(
        z.object({
          exchange: z.string().meta({ description: 'The id of the exchange.' }),
          at: instant("By the machine's clock."),
          subject: z.string().optional().meta({ description: 'Whom it is about: a label, or an id.' }),
          detail: z.string().meta({ description: 'What was seen.' }),
        }),
      )
      .meta({ description: 'The newest five.' }),
  })
  .meta({ id: 'FindingGroup', description: 'Something that was found at a tenant, as often as it was.' })

const quarantineSchema = z
  .object({
    tenant: z.string().meta({ example: 'acme' }),
    verdict: z.enum(['fine', 'at-risk', 'quarantined']),
    reason: z.string().meta({
      description: "Entra ID's own word for why a job is quarantined; `None` when all is well.",
      example: 'EncounteredEscrowProportionThreshold',
    }),
    detail: z.string().meta({ description: 'In one sentence or two.' }),
  })
  .meta({
    id: 'Quarantine',
    description:
      'Whether Entra ID would quarantine the job of a tenant, by the requests of a client that speaks as Entra ID does.',
  })

export const findingsSchema = z.object({
  items: z.array(findingGroupSchema),
  quarantine: z.array(quarantineSchema),
  waiting: z.int().meta({ description: 'How many exchanges are yet to be analysed.', example: 0 }),
})

/** As the API shows it; nothing of a kind that this release doesn't know any more. */
export function viewFindings(tally: FindingTally): readonly z.output<typeof findingGroupSchema>[] {
  const kind = findingKindOf(tally.id)
  if (!kind) return []
  const { first, last, evidence, ...rest } = tally
  return [
    {
      ...kind,
      ...rest,
      first: instantOf(first),
      last: instantOf(last),
      evidence: evidence.map(({ at, ...one }) => ({ ...one, at: instantOf(at) })),
    },
  ]
}
