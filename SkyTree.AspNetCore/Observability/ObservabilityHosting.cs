using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using SkyTree.AspNetCore.Configuration;
using SkyTree.Rules;
using SkyTree.Sinks;

namespace SkyTree.AspNetCore.Observability;

/// <summary>Metrics and traces for those who ask, and to those who are told.</summary>
internal static class ObservabilityHosting
{
    /// <summary>The meters: the broker's, and those of what runs beside it.</summary>
    public static readonly string[] MeterNames = ["SkyTree", SinkHost.MeterName, RuleSet.MeterName];

    /// <summary>The source of the broker's traces.</summary>
    public const string SourceName = "SkyTree";

    public static WebApplicationBuilder AddObservability(this WebApplicationBuilder builder, SkyTreeOptions options)
    {
        ObservabilityOptions observability = options.Observability;
        builder.Services.AddMetrics();
        bool exports = observability.OtlpEndpoint.Length > 0;
        if (!exports && !observability.Metrics)
        {
            return builder;
        }

        OpenTelemetry.OpenTelemetryBuilder telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("skytree", serviceVersion: ProductVersion.Text, serviceInstanceId: InstanceOf(options)))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(MeterNames).AddRuntimeInstrumentation();
                if (observability.Metrics)
                {
                    metrics.AddPrometheusExporter();
                }

                if (exports)
                {
                    metrics.AddOtlpExporter((exporter, reader) =>
                    {
                        Configure(exporter, observability, "v1/metrics");
                        reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = observability.OtlpMetricsSeconds * 1000;
                    });
                }
            });
        if (exports)
        {
            telemetry.WithTracing(tracing => tracing
                .AddSource(SourceName)
                .SetSampler(new ParentBasedSampler(new ChangeableSampler(observability)))
                .AddOtlpExporter(exporter => Configure(exporter, observability, "v1/traces")));
        }

        return builder;
    }

    private static void Configure(OtlpExporterOptions exporter, ObservabilityOptions options, string path)
    {
        // Over HTTP each kind has its own path below the endpoint; the exporter adds it only to endpoints that it found itself.
        var endpoint = new Uri(options.OtlpEndpoint);
        bool http = options.OtlpProtocol == OtlpProtocol.HttpProtobuf;
        exporter.Protocol = http ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        exporter.Endpoint = http ? new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/{path}") : endpoint;
        if (options.Headers is { Length: > 0 } headers)
        {
            exporter.Headers = headers;
        }
    }

    private static string InstanceOf(SkyTreeOptions options) => options.Cluster.Enabled
        ? $"{options.Cluster.Address}:{options.Cluster.LogPort}"
        : Environment.MachineName;
}
