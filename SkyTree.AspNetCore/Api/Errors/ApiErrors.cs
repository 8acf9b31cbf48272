using System.Text.Json;
using System.Text.RegularExpressions;
using SkyTree.Cluster.Administration;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Api.Errors;

/// <summary>Turns whatever goes wrong beneath the API's paths into a problem, and keeps its answers out of caches.</summary>
internal sealed partial class ApiErrors(RequestDelegate next, ILogger<ApiErrors> logger)
{
    private static readonly string[] s_required = ["is required"];

    public async Task InvokeAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (context.Request.PathBase.HasValue)
        {
            context.Response.OnStarting(() =>
            {
                // Routes name what they have made by its path within the API.
                if (context.Response.Headers.Location.ToString() is ['/', 'a', 'p', 'i', '/', ..] made)
                {
                    context.Response.Headers.Location = context.Request.PathBase + made;
                }

                return Task.CompletedTask;
            });
        }

        ApiProblem problem;
        try
        {
            await next(context);
            if (context.Response.HasStarted || context.Response.StatusCode < 400 || context.Response.ContentLength > 0 || context.Response.ContentType is not null)
            {
                return;
            }

            problem = ApiProblems.Of(context.Response.StatusCode);
        }
        catch (AdminException exception)
        {
            problem = ApiProblems.Of(exception);
        }
        catch (ClusterAdminException exception)
        {
            problem = ApiProblems.Of(exception);
        }
        catch (BadHttpRequestException exception)
        {
            problem = Of(exception);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return; // nobody waits for the answer
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            Log.RequestFailed(logger, context.Request.Method, context.Request.Path, exception);
            problem = ApiProblems.Of(StatusCodes.Status500InternalServerError, "internal_error", "The broker has failed to do this; its log says why.");
        }

        if (!context.Response.HasStarted)
        {
            await ApiProblems.WriteAsync(context, problem);
        }
    }

    private static ApiProblem Of(BadHttpRequestException exception)
    {
        if (exception.StatusCode != StatusCodes.Status400BadRequest)
        {
            return ApiProblems.Of(exception.StatusCode);
        }

        if (exception.InnerException is JsonException json)
        {
            Match missing = MissingMembers().Match(json.Message);
            if (missing.Success)
            {
                string[] names = [.. Quoted().Matches(missing.Groups[1].Value).Select(match => match.Groups[1].Value)];
                return ApiProblems.Of(
                    StatusCodes.Status400BadRequest, "missing_member", $"The body lacks {string.Join(", ", names)}.", names.ToDictionary(name => name, _ => s_required));
            }

            string path = json.Path is { Length: > 2 } text ? text[2..] : "";
            bool isUnknown = json.Message.Contains("could not be mapped", StringComparison.Ordinal);
            return ApiProblems.Of(
                StatusCodes.Status400BadRequest,
                isUnknown ? "unknown_member" : "bad_json",
                path.Length == 0 ? "The body is no JSON of the form that this route takes." : isUnknown ? $"There is no member '{path}'." : $"'{path}' has no value of the form that it takes.",
                path.Length == 0 ? null : new Dictionary<string, string[]> { [path] = [isUnknown ? "there is no such member" : "is ill-formed"] });
        }

        // Failed to bind parameter "Nullable<int> limit" from "x"., or: Required parameter "string filter" was not provided from query string.
        Match parameter = Parameter().Match(exception.Message);
        if (parameter.Success)
        {
            string name = parameter.Groups[1].Value;
            bool isMissing = exception.Message.StartsWith("Required", StringComparison.Ordinal);
            return ApiProblems.Of(
                StatusCodes.Status400BadRequest,
                isMissing ? "missing_parameter" : "bad_parameter",
                isMissing ? $"'{name}' is required." : $"'{name}' has no value of the form that it takes.",
                new Dictionary<string, string[]> { [name] = [isMissing ? "is required" : "is ill-formed"] });
        }

        return ApiProblems.Of(StatusCodes.Status400BadRequest, "bad_request", "The request cannot be read.");
    }

    [GeneratedRegex("was missing required properties including: (.*)$", RegexOptions.Singleline)]
    private static partial Regex MissingMembers();

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex Quoted();

    [GeneratedRegex("parameter \"[^\"]* ([A-Za-z]+)\"")]
    private static partial Regex Parameter();
}
