import type {
  Fault,
  FaultActivation,
  FaultEffect,
  FaultMatch,
  FaultPreset,
} from '../../../domain/contract/faults.ts'
import { faultApis, faultMethods, faultOperations } from '../../../domain/faults/choices.ts'
import { call } from '../../api.ts'
import { ActionButton } from '../../components/buttons.tsx'
import { Collection, type Column, loadedRows } from '../../components/collection.tsx'
import type { Draft, FieldSpec } from '../../components/field.tsx'
import { form } from '../../components/form.tsx'
import { May } from '../../components/may.tsx'
import type { Actions } from '../../components/row.tsx'
import { ClientText } from '../../components/text.tsx'
import { announce } from '../../frame/notice.tsx'
import { useLoad } from '../../load.ts'
import { pathTo } from '../../router.ts'
import { faults, tenants } from '../../state.ts'

export const Faults = () => (
  <section aria-label="Faults">
    <Collection
      title="Faults"
      noun={['fault', 'armed faults']}
      rows={loadedRows(faults.value)}
      columns={columns}
      keyOf={({ id }) => id}
      actions={actions}
      create={{ label: 'Arm a fault', form: newFault, primary: true }}
      empty="No fault is armed: every request is handled."
    />
    <p class="foot">
      {faults.value.length > 0 && <a href={pathTo('activity', {}, { q: 'fault:any' })}>Affected requests</a>}
    </p>
    <May need="write">
      <Presets />
    </May>
  </section>
)

const effectText = ({ name, summary, effect }: Fault): string =>
  [
    name === undefined ? summary : `${name}: ${summary}`,
    // The summary lacks it.
    effect.kind === 'status' && effect.detail && `error detail: ${effect.detail}`,
  ]
    .filter(Boolean)
    .join('; ')

const columns: readonly Column<Fault>[] = [
  { name: 'Response', kind: 'rest', text: effectText },
  { name: 'Tenant', always: true, text: ({ match }) => match.tenant ?? 'all' },
  { name: 'Left', kind: 'number', wide: true, text: ({ remaining }) => remaining },
  { name: 'Hits', kind: 'number', always: true, wide: true, text: ({ hits }) => hits },
  { name: 'Last hit', kind: 'time', absent: 'never', wide: true, text: ({ lastHit }) => lastHit },
  { name: 'Armed', kind: 'time', wide: true, text: ({ activeSince }) => activeSince },
]

const actions: Actions<Fault> = {
  Disarm: {
    need: 'write',
    run: ({ id }) => call('DELETE /faults/:fault', { params: { fault: id } }),
  },
}

function Presets() {
  const presets = useLoad('GET /faults/presets').value.value?.items ?? []
  const arm = async ({ id, name }: FaultPreset) => {
    await call('POST /faults', { body: { preset: id } })
    announce(`${name}: armed for all tenants.`)
  }
  return (
    <details class="presets">
      <summary class="link">Or one of {presets.length} known faults</summary>
      <ul class="plain-list">
        {presets.map(preset => (
          <li key={preset.id}>
            <ActionButton onAction={() => arm(preset)} label={`Arm ${preset.name}`}>
              {preset.name}
            </ActionButton>{' '}
            <span class="muted">
              {preset.description}
              {preset.fault.effect.kind === 'status' && preset.fault.effect.detail && (
                <>
                  {' '}
                  Error detail: <ClientText text={preset.fault.effect.detail} />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </details>
  )
}

type Kind = FaultEffect['kind']
type EffectOf<Name extends Kind> = Extract<FaultEffect, { kind: Name }>
type MembersOf<Name extends Kind> = Exclude<keyof EffectOf<Name>, 'kind' | 'when'>
type Condition = Exclude<keyof FaultMatch, 'methods'>
type Choice = Exclude<Kind, 'reset'> | `reset-${EffectOf<'reset'>['when']}`

type Fields<Name extends string> = Readonly<Record<Name, FieldSpec>>

const numeric = (label: string): FieldSpec => ({ label, kind: 'number' })
const options = (names: readonly string[], blank = 'any', labels: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries([['', blank], ...names.map(name => [name, labels[name] ?? name])])

const apis: Readonly<Record<(typeof faultApis)[number], string>> = {
  scim: 'SCIM',
  'identity-store': 'AWS Identity Store',
  'sso-admin': 'AWS SSO Admin',
  sts: 'AWS STS',
}

const conditions = (): Fields<Condition> => ({
  tenant: {
    label: 'Tenant',
    options: options(
      (tenants.value ?? []).map(({ id }) => id),
      'all',
    ),
  },
  api: { label: 'API', options: options(faultApis, 'any', apis) },
  operations: { label: 'Operation', options: options(faultOperations) },
  type: { label: 'Type', options: options(['User', 'Group']) },
  text: { label: 'Text in URL or body' },
  every: numeric('Every Nth request'),
  skip: numeric('Skip the first N'),
})

type ChoiceOf<Name extends Kind> = {
  readonly label: string
  readonly effect: Pick<EffectOf<Name>, Extract<keyof EffectOf<Name>, 'kind' | 'when'>>
  readonly inputs: Fields<MembersOf<Name> & string>
  /** The only operation that the effect applies to. */
  readonly operation?: (typeof faultOperations)[number]
}

const choices: {
  readonly [Name in Choice]: ChoiceOf<Name extends `reset-${string}` ? 'reset' : Name & Kind>
} = {
  status: {
    label: 'Return an error status without processing the request',
    effect: { kind: 'status' },
    inputs: {
      status: numeric('Status'),
      retryAfter: numeric('Retry-After (seconds)'),
      detail: { label: 'Error detail' },
    },
  },
  delay: {
    label: 'Delay the request',
    effect: { kind: 'delay' },
    inputs: { milliseconds: numeric('Delay (milliseconds)') },
  },
  'reset-before': {
    label: 'Close the connection without processing the request',
    effect: { kind: 'reset', when: 'before' },
    inputs: {},
  },
  'reset-after': {
    label: 'Process the request, lose the response',
    effect: { kind: 'reset', when: 'after' },
    inputs: {},
  },
  truncate: {
    label: 'Process the request, send half of the response',
    effect: { kind: 'truncate' },
    inputs: {},
  },
  body: {
    label: 'Process the request, send another response',
    effect: { kind: 'body' },
    inputs: {
      status: numeric('Status'),
      mediaType: { label: 'Media type' },
      body: { label: 'Body', kind: 'area', whenBlank: 'send' },
    },
  },
  'token-expired': {
    label: 'Return the error of an expired token',
    effect: { kind: 'token-expired' },
    inputs: {},
  },
  'token-lifetime': {
    label: 'Issue access tokens with another lifetime',
    effect: { kind: 'token-lifetime' },
    inputs: { seconds: numeric('Lifetime (seconds)') },
    operation: 'token',
  },
}

const newDraft: Draft = {
  ':effect': 'status',
  'effect.status': '500',
  'effect.milliseconds': '5000',
  'effect.mediaType': 'text/html',
  'effect.body': '<html>Sign in</html>',
  'effect.seconds': '1',
}

type Body = {
  readonly name?: string
  readonly times?: number
  readonly match?: Readonly<Record<string, unknown>>
  readonly effect?: Readonly<Record<string, unknown>>
}

/** Invalid values are kept, so that the API reports them. */
function toFault({ name, times, match = {}, effect = {} }: Body, draft: Draft): FaultActivation {
  const { effect: chosen, operation }: ChoiceOf<Kind> = choices[draft[':effect'] as Choice]
  const { operations = operation, ...others } = match
  const methods = faultMethods.filter(method => draft[`:${method}`])
  const fault = {
    name,
    times,
    match: {
      ...others,
      ...(operations !== undefined && { operations: [operations] }),
      ...(methods.length > 0 && { methods }),
    },
    effect: { ...chosen, ...effect },
  }
  return fault as FaultActivation
}

const newFault = () =>
  form<Body>({
    title: 'Arm a fault',
    label: 'Arm',
    draft: newDraft,
    fields: (field, draft) => (
      <>
        {field('name', { label: 'Name', maxLength: 100 })}
        <div class="grid">
          {Object.entries(conditions()).map(([name, spec]) => field(`match.${name}`, spec))}
        </div>
        <fieldset class="radio-group">
          <legend>Methods (none: any)</legend>
          {faultMethods.map(method => field(`:${method}`, { label: method, kind: 'check' }))}
        </fieldset>
        {field(':effect', {
          label: 'Effect',
          options: Object.fromEntries(Object.entries(choices).map(([name, { label }]) => [name, label])),
        })}
        {Object.entries<FieldSpec>(choices[draft[':effect'] as Choice].inputs).map(([name, spec]) =>
          field(`effect.${name}`, spec),
        )}
        {field('times', numeric('Disarm after N hits (blank: never)'))}
      </>
    ),
    async submit(body, draft) {
      await call('POST /faults', { body: toFault(body, draft) })
      return 'Fault armed.'
    },
  })
