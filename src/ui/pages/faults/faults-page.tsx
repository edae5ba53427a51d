import { useState } from 'preact/hooks'
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
import { Dialog, DialogForm, type ErrorAt } from '../../components/dialog.tsx'
import { Badge, Empty, ProblemBox } from '../../components/feedback.tsx'
import { Field } from '../../components/field.tsx'
import { PageHead } from '../../components/layout.tsx'
import { May } from '../../components/may.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { announce } from '../../frame/notice.tsx'
import { useLoad } from '../../load.ts'
import { pathTo } from '../../router.ts'
import { faults, tenants } from '../../state.ts'

export function FaultsPage() {
  const [formOpen, setFormOpen] = useState(false)
  return (
    <>
      <PageHead
        title="Faults"
        description="Inject failures to see how a client copes. Affected requests are marked in Activity. With SQLite, a restart turns faults off."
      >
        <May need="write">
          <button type="button" class="primary" onClick={() => setFormOpen(true)}>
            New fault…
          </button>
        </May>
      </PageHead>
      <ActiveFaults />
      <Presets />
      {formOpen && <FaultForm onClose={() => setFormOpen(false)} />}
    </>
  )
}

const columns: readonly Column<Fault>[] = [
  {
    name: 'Fault',
    of: ({ name, summary, effect }) => (
      <>
        <ClientText text={name ?? summary} />
        {name !== undefined && <div class="muted">{summary}</div>}
        <ErrorDetail effect={effect} />
      </>
    ),
  },
  { name: 'Tenant', of: ({ match }) => match.tenant ?? 'all' },
  { name: 'Active since', of: ({ activeSince }) => <Time at={activeSince} />, wide: true },
  { name: 'Hits', of: ({ hits }) => hits, numeric: true },
  { name: 'Remaining', of: ({ remaining }) => remaining ?? 'no limit', wide: true },
  { name: 'Last hit', of: ({ lastHit }) => (lastHit ? <Time at={lastHit} /> : 'never'), wide: true },
  {
    name: 'Actions',
    of: ({ id, name, summary }) => (
      <ActionButton
        onAction={() => call('DELETE /faults/:fault', { params: { fault: id } })}
        label={`Turn off ${name ?? summary}`}
      >
        Turn off
      </ActionButton>
    ),
    need: 'write',
  },
]

// Neither the summary of a fault nor every description of a preset has it.
const ErrorDetail = ({ effect }: Pick<Fault, 'effect'>) =>
  effect.kind === 'status' && effect.detail ? (
    <p class="muted">
      Error detail: <ClientText text={effect.detail} />
    </p>
  ) : null

const ActiveFaults = () => (
  <section aria-label="Active">
    <h2>Active</h2>
    {faults.value.length === 0 ? (
      <Empty title="No active faults." />
    ) : (
      <>
        <Table caption="Active faults" columns={columns} items={faults.value} keyOf={({ id }) => id} />
        <p class="below-table">
          <a href={pathTo('activity', {}, { q: 'fault:any' })}>Affected requests</a>
        </p>
      </>
    )}
  </section>
)

function Presets() {
  const loaded = useLoad('GET /faults/presets')
  const problem = loaded.problem.value
  const turnOn = async ({ id, name }: FaultPreset) => {
    await call('POST /faults', { body: { preset: id } })
    announce(`${name}: active for all tenants.`)
  }
  return (
    <section aria-label="Presets">
      <h2>Presets</h2>
      {problem && <ProblemBox problem={problem} />}
      <div class="grid">
        {loaded.value.value?.items.map(preset => (
          <article key={preset.id} class="card">
            <h3>{preset.name}</h3>
            <p>{preset.description}</p>
            <ErrorDetail effect={preset.fault.effect} />
            <div class="actions">
              <May need="write">
                <ActionButton onAction={() => turnOn(preset)} label={`Turn on ${preset.name}`}>
                  Turn on
                </ActionButton>
              </May>
              {faults.value.some(({ name }) => name === preset.name) && <Badge tone="warn">active</Badge>}
            </div>
          </article>
        ))}
      </div>
    </section>
  )
}

type Kind = FaultEffect['kind']
type EffectOf<Name extends Kind> = Extract<FaultEffect, { kind: Name }>
type MembersOf<Name extends Kind> = Exclude<keyof EffectOf<Name>, 'kind' | 'when'>

type Method = (typeof faultMethods)[number]
type Condition = Exclude<keyof FaultMatch, 'methods'>
type InputName = Condition | { [Name in Kind]: MembersOf<Name> }[Kind]
type Choice = Exclude<Kind, 'reset'> | `reset-${EffectOf<'reset'>['when']}`

type FaultDraft = Readonly<Partial<Record<InputName | 'name' | 'times', string>>> & {
  readonly methods: readonly Method[]
  readonly effect: Choice
}

type Input = {
  readonly label: string
  /** Other blank inputs are omitted. */
  readonly isSentEmpty?: true
  /** Sends the text as it is if absent. */
  readonly convert?: (text: string) => unknown
  readonly names?: () => readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  /** The label of the empty choice; "any" if absent. */
  readonly blank?: string
  readonly rows?: number
}

type Inputs = Readonly<Partial<Record<InputName, Input>>>

// Other text is sent unchanged, so that the API reports the error.
const parseNumber = (text: string): number | string => (/^\d+$/.test(text.trim()) ? Number(text) : text)

const numeric = (label: string) => ({ label, convert: parseNumber })

const apis: Readonly<Record<(typeof faultApis)[number], string>> = {
  scim: 'SCIM',
  'identity-store': 'AWS Identity Store',
  'sso-admin': 'AWS SSO Admin',
  sts: 'AWS STS',
}

const conditions: Readonly<Record<Condition, Input>> = {
  tenant: { label: 'Tenant', blank: 'all', names: () => (tenants.value ?? []).map(({ id }) => id) },
  api: { label: 'API', names: () => faultApis, labels: apis },
  operations: { label: 'Operation', names: () => faultOperations, convert: name => [name] },
  type: { label: 'Type', names: () => ['User', 'Group'] },
  text: { label: 'Text in URL or body' },
  every: numeric('Every Nth request'),
  skip: numeric('Skip the first N'),
}

type ChoiceOf<Name extends Kind> = {
  readonly label: string
  readonly effect: Pick<EffectOf<Name>, Extract<keyof EffectOf<Name>, 'kind' | 'when'>>
  readonly inputs: Readonly<Record<MembersOf<Name>, Input>>
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
      body: { label: 'Body', isSentEmpty: true, rows: 4 },
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

const newDraft: FaultDraft = {
  methods: [],
  effect: 'status',
  status: '500',
  milliseconds: '5000',
  mediaType: 'text/html',
  body: '<html>Sign in</html>',
  seconds: '1',
}

const entriesOf = (inputs: Inputs) => Object.entries(inputs) as [InputName, Input][]

const valuesOf = (inputs: Inputs, draft: FaultDraft) =>
  Object.fromEntries(
    entriesOf(inputs)
      .map(([name, input]) => ({ name, text: draft[name] ?? '', ...input }))
      .filter(({ text, isSentEmpty }) => isSentEmpty || text !== '')
      .map(({ name, text, convert }) => [name, convert ? convert(text) : text]),
  )

/** Invalid values are kept, so that the API reports them. */
function toFault(draft: FaultDraft): FaultActivation {
  const { name, methods, times, operations } = draft
  const { effect, inputs, operation }: ChoiceOf<Kind> = choices[draft.effect]
  const fault = {
    name: name?.trim() || undefined,
    match: {
      ...valuesOf(conditions, { ...draft, ...(!operations && operation && { operations: operation }) }),
      ...(methods.length > 0 && { methods }),
    },
    effect: { ...effect, ...valuesOf(inputs, draft) },
    times: times ? parseNumber(times) : undefined,
  }
  return fault as FaultActivation
}

function FaultForm({ onClose }: { readonly onClose: () => void }) {
  const [draft, setDraft] = useState(newDraft)
  const bind = (name: InputName | 'name' | 'times' | 'effect') => ({
    value: draft[name] ?? '',
    onInput: (event: {
      readonly currentTarget: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement
    }) => setDraft({ ...draft, [name]: event.currentTarget.value }),
  })
  const toggle = (method: Method) =>
    setDraft({
      ...draft,
      methods: faultMethods.filter(name => draft.methods.includes(name) !== (name === method)),
    })
  const turnOn = async () => {
    await call('POST /faults', { body: toFault(draft) })
    announce('Fault active.')
    onClose()
  }
  const fields = (parent: 'match' | 'effect', inputs: Inputs, errorAt: ErrorAt) =>
    entriesOf(inputs).map(([name, { label, convert, names, labels, blank = 'any', rows }]) => (
      <Field key={name} label={label} error={errorAt(`${parent}.${name}`)}>
        {props => {
          const bound = { ...props, ...bind(name) }
          if (names)
            return (
              <select {...bound}>
                <option value="">{blank}</option>
                {names().map(option => toOption(option, labels?.[option]))}
              </select>
            )
          if (rows) return <textarea {...bound} rows={rows} spellcheck={false} />
          return <input {...bound} inputMode={convert === parseNumber ? 'numeric' : 'text'} />
        }}
      </Field>
    ))
  return (
    <Dialog title="New fault" onClose={onClose}>
      <DialogForm label="Turn on" onSubmit={turnOn} onClose={onClose}>
        {errorAt => (
          <>
            <Field label="Name" error={errorAt('name')}>
              {props => <input {...props} {...bind('name')} maxLength={100} />}
            </Field>
            <div class="grid">{fields('match', conditions, errorAt)}</div>
            <fieldset class="radio-group">
              <legend>Methods (none: any)</legend>
              {faultMethods.map(method => (
                <label key={method}>
                  <input
                    type="checkbox"
                    checked={draft.methods.includes(method)}
                    onChange={() => toggle(method)}
                  />
                  {method}
                </label>
              ))}
            </fieldset>
            <Field label="Effect" error={errorAt('effect')}>
              {props => (
                <select {...props} {...bind('effect')}>
                  {Object.entries(choices).map(([name, { label }]) => toOption(name, label))}
                </select>
              )}
            </Field>
            {fields('effect', choices[draft.effect].inputs, errorAt)}
            <Field label="Turn off after N hits (blank: never)" error={errorAt('times')}>
              {props => <input {...props} {...bind('times')} inputMode="numeric" />}
            </Field>
          </>
        )}
      </DialogForm>
    </Dialog>
  )
}

const toOption = (value: string, label = value) => (
  <option key={value} value={value}>
    {label}
  </option>
)
