"""Jaeger's own API: https://www.jaegertracing.io/docs/latest/architecture/apis/"""
