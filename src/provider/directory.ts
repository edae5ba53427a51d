export type {
  Directory,
  HistoryEntry,
  Identity,
  IdentityQuery,
  Page,
  PageRequest,
  StaleIdentity,
  StaleQuery,
  StaleReason,
  Status,
} from '../store/directory.ts'
