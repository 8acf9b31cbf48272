using OpenTelemetry.Trace;

namespace SkyTree.AspNetCore.Observability;

/// <summary>Samples the part of traces that the options name now.</summary>
internal sealed class ChangeableSampler(ObservabilityOptions options) : Sampler
{
    private volatile Sample _sample = Sample.Of(options.TraceSampleRatio);

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        Sample sample = _sample;
        double ratio = options.TraceSampleRatio;
        if (sample.Ratio != ratio)
        {
            _sample = sample = Sample.Of(ratio); // whoever else finds it old makes the same
        }

        return sample.Sampler.ShouldSample(samplingParameters);
    }

    private sealed record Sample(double Ratio, TraceIdRatioBasedSampler Sampler)
    {
        public static Sample Of(double ratio) => new(ratio, new TraceIdRatioBasedSampler(ratio));
    }
}
