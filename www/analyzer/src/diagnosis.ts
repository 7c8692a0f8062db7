// To be taken from the package.
import type { Report } from "waxseal";

export interface Diagnosis {
  report: Report;
  message: Finding[];
  repairedReport: Report | null;
  signatures: SignatureDiagnosis[];
}
export type PartState = "verifies" | "wouldVerify" | "fails" | "notChecked";
export interface SignatureDiagnosis {
  index: number;
  header: PartState;
  body: PartState;
  explanation: string;
  findings: Finding[];
  copiedFields: CopiedField[];
  exhausted: boolean;
}
export interface Finding {
  hypothesis: string;
  part: "message" | "header" | "body";
  restored: boolean;
  explanation: string;
  changes: Change[];
}
export interface Change {
  hypothesis: string;
  field: string | null;
  index: number | null;
  line: number;
  lines: number;
  octet: number;
  before: string;
  after: string;
}
export interface CopiedField {
  name: string;
  copied: string;
  present: string | null;
}
