/** How PATCH bodies are written: as by default, or as with `?aadOptscim062020` in the tenant URL. */
export type Dialect = 'default' | 'aadOptscim062020'

/** Points on which Entra is not known to do one thing always; the defaults are what is seen most. */
export type WireOptions = {
  readonly dialect: Dialect
  /** `"active":"True"` instead of true in a POST. */
  readonly activeAsStringOnCreate: boolean
  /** The manager goes along in the POST of a user when its target id is known. */
  readonly sendManagerOnCreate: boolean
  /** `{"$ref":null,"value":…}` for members. */
  readonly memberNullRef: boolean
  /** Microsoft's own schema URN beside the core one in the POST of a group. */
  readonly groupSchemaMs: boolean
}

export const defaultWireOptions: WireOptions = {
  dialect: 'default',
  activeAsStringOnCreate: false,
  sendManagerOnCreate: false,
  memberNullRef: false,
  groupSchemaMs: true,
}
