import { mappingFiles } from '../../src/provisioning/entra/mapping/default-mappings.ts'
import type { RequestOptions, Target, TargetRequest } from '../../src/provisioning/kit/target.ts'
import { scenarioFrom } from '../../src/provisioning/scenario/read-scenario.ts'
import { runScenario } from '../../src/provisioning/scenario/run-scenario.ts'
import type { Json, JsonObject } from '../../src/scim/json.ts'
import type { TenantOfTest } from './entra-tenants.ts'

/** A short story: a directory, steps, and the settings of the job. */
export type Story = {
  readonly users?: readonly JsonObject[]
  readonly groups?: readonly JsonObject[]
  /** Assignments with roles; without them, all users are in scope. */
  readonly assignments?: readonly JsonObject[]
  readonly mapping?: Json
  readonly wire?: Partial<RequestOptions>
  readonly settings?: JsonObject
  readonly steps: readonly JsonObject[]
  /** Replaces responses of the target. */
  readonly through?: (target: Target) => Target
}

/** All requests of a story. Throws if a step fails. */
export async function sentIn(story: Story, { target }: TenantOfTest): Promise<readonly TargetRequest[]> {
  const { users = [], groups = [], assignments = [], mapping = 'non-gallery', wire = {}, steps } = story
  const settings = { ...(assignments.length === 0 && { scope: 'all' }), ...story.settings }
  const directory = { users, groups, assignments }
  const scenario = await scenarioFrom({ name: 'A story', directory, mapping, settings, steps }, 'story')
  const result = await runScenario(scenario, { target: story.through?.(target) ?? target, wire })
  const wrong = result.steps.flatMap(({ step, checks }) =>
    checks
      .filter(({ outcome }) => outcome === 'notMet')
      .map(({ claim, reason }) => `${step.place} ${claim}: ${reason}`),
  )
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  return result.steps.flatMap(({ sent }) => sent)
}

/** The non-gallery mapping with additional attributes, and without some. */
export const mappingWith = (more: readonly JsonObject[], without: readonly string[] = []): Json =>
  ({
    users: {
      attributes: [
        ...mappingFiles.nonGallery.users.attributes.filter(({ target }) => !without.includes(target)),
        ...more,
      ],
    },
    groups: mappingFiles.nonGallery.groups,
  }) as unknown as Json
