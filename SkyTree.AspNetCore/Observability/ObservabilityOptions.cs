using System.ComponentModel.DataAnnotations;
using SkyTree.AspNetCore.Configuration;
using SkyTree.Core;

namespace SkyTree.AspNetCore.Observability;

/// <summary>What the program tells of itself, and to whom (<c>SkyTree:Observability</c>).</summary>
internal sealed record ObservabilityOptions
{
    /// <summary>Whether metrics are served at <c>/metrics</c>, as Prometheus reads them.</summary>
    public bool Metrics { get; init; } = true;

    /// <summary>Where metrics and traces are sent by OTLP, such as <c>http://127.0.0.1:4317</c>; empty: nowhere, and nothing is traced.</summary>
    public string OtlpEndpoint { get; init; } = "";

    /// <summary>How.</summary>
    public OtlpProtocol OtlpProtocol { get; init; }

    /// <summary>A file with headers that are sent along, each line <c>name=value</c>: keys of a service, which are no part of the configuration.</summary>
    public string OtlpHeadersPath { get; init; } = "";

    /// <summary>Seconds between two times that metrics are sent, 1 to 3,600.</summary>
    [Range(1, 3600)]
    public int OtlpMetricsSeconds { get; init; } = 60;

    /// <summary>
    /// Which part of publishes is traced, 0 to 1. A publish whose user property <c>traceparent</c> says whether it is traced
    /// is traced accordingly.
    /// </summary>
    [Range(0.0, 1.0)]
    [Changeable]
    public double TraceSampleRatio { get; set; }

    /// <summary>The headers, as the exporter takes them.</summary>
    internal string Headers => OtlpHeadersPath.Length == 0
        ? ""
        : string.Join(',', File.ReadLines(OtlpHeadersPath).Select(line => line.Trim()).Where(line => line.Length > 0).Select(Encode));

    /// <summary>Checks what a single value's type and range cannot say.</summary>
    internal void Validate(ConfigurationErrors errors)
    {
        const string Section = "SkyTree:Observability";
        if (OtlpEndpoint.Length > 0 && !(Uri.TryCreate(OtlpEndpoint, UriKind.Absolute, out Uri? endpoint) && endpoint.Scheme is "http" or "https"))
        {
            errors.Add($"{Section}:OtlpEndpoint", $"'{OtlpEndpoint}' is not a URL such as http://127.0.0.1:4317");
        }

        if (OtlpHeadersPath.Length == 0)
        {
            return;
        }

        if (!File.Exists(OtlpHeadersPath))
        {
            errors.Add($"{Section}:OtlpHeadersPath", $"file '{OtlpHeadersPath}' does not exist");
        }
        else if (File.ReadLines(OtlpHeadersPath).Any(line => line.Trim() is { Length: > 0 } text && text.IndexOf('=', StringComparison.Ordinal) <= 0))
        {
            errors.Add($"{Section}:OtlpHeadersPath", $"a line of '{OtlpHeadersPath}' is not name=value");
        }
    }

    private static string Encode(string line)
    {
        int equals = line.IndexOf('=', StringComparison.Ordinal);
        return $"{line[..equals].Trim()}={Uri.EscapeDataString(line[(equals + 1)..].Trim())}";
    }
}

/// <summary>How OTLP is spoken.</summary>
internal enum OtlpProtocol
{
    /// <summary>gRPC, usually at port 4317.</summary>
    Grpc,

    /// <summary>Protobuf over HTTP, usually at port 4318.</summary>
    HttpProtobuf,
}
