export {
  addPairingCounts,
  buildPairs,
  type PairingCounts,
  type PairingOptions,
  type PairingResult,
  type PairingStrategyName,
  pairingStrategies,
} from "./build-pairs.ts";
export {
  type AnswerDrop,
  answerDrops,
  type PairingStrategy,
  type PreferencePair,
  type PromptDrop,
  promptDrops,
  type ScoredAnswer,
  type ScoredPrompt,
  type UsableAnswer,
} from "./pairing-types.ts";
export { pairingService } from "./service.ts";
