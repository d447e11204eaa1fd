export interface TracesTables {
  traces: {
    number: string;
    at: Date;
    client_id: string | null;
    endpoint: string;
    error: string;
    detail: string | null;
  };
}
